with instants as (
    select touched_at as instant from {{ ref('int_touches') }}
    union all
    select converted_at as instant from {{ ref('fct_conversions') }}
    union all
    select cast(cost_date as timestamp) as instant from {{ ref('int_campaign_costs_reporting') }}
    where cost_reporting is not null
),

-- Whole years, as a date table of a BI tool needs them.
bounds as (
    select
        cast(date_trunc('year', min(instant)) as date) as first_day,
        cast({{ add_seconds("date_trunc('year', max(instant))", 366 * 86400) }} as date)
            as day_of_next_year
    from instants
),

numbers as (
    select cast(ones.n + 10000 * tens_of_thousands.n as bigint) as n
    from {{ ref('int_numbers') }} as ones
    cross join {{ ref('int_numbers') }} as tens_of_thousands
    where tens_of_thousands.n < 10
),

days as (
    select
        cast({{ add_seconds('cast(bounds.first_day as timestamp)', 'numbers.n * 86400') }} as date)
            as date_day,
        bounds.day_of_next_year
    from bounds
    cross join numbers
    where bounds.first_day is not null
),

with_periods as (
    select
        date_day,
        cast(date_trunc('week', date_day) as date) as week_start,
        cast(date_trunc('month', date_day) as date) as month_start,
        cast(date_trunc('quarter', date_day) as date) as quarter_start,
        cast(date_trunc('year', date_day) as date) as year_start
    from days
    where date_day < date_trunc('year', day_of_next_year)
)

select * from with_periods
