{{ config(enabled='dynamics' in var('sources') | string) }}

with currencies as (
    select * from {{ ref('stg_dynamics__currencies') }}
),

organizations as (
    select * from {{ ref('stg_dynamics__organizations') }}
),

-- Dataverse keeps no history of rates, but every record keeps the rate of its own day.
rates as (
    select
        currency_guid,
        coalesce(cast(converted_at as date), closed_on) as starts_on,
        units_per_base_unit,
        1 as precedence,
        opportunity_guid as record_guid
    from {{ ref('stg_dynamics__opportunities') }}
    where is_won and not is_deleted
    union all
    select
        currency_guid,
        coalesce(started_on, ended_on) as starts_on,
        units_per_base_unit,
        2 as precedence,
        campaign_guid as record_guid
    from {{ ref('stg_dynamics__campaigns') }}
    where not is_deleted
    union all
    select
        currency_guid,
        starts_on,
        units_per_base_unit,
        3 as precedence,
        currency_guid as record_guid
    from currencies
),

of_the_day as (
    select
        currencies.currency,
        rates.starts_on,
        rates.units_per_base_unit as units_per_corporate_unit
    from rates
    inner join currencies on rates.currency_guid = currencies.currency_guid
    where
        rates.units_per_base_unit > 0
        and rates.starts_on is not null
        and currencies.currency is not null
        and currencies.currency_guid not in (
            select organizations.base_currency_guid from organizations
            where organizations.base_currency_guid is not null
        )
    qualify row_number() over (
            partition by currencies.currency, rates.starts_on
            order by rates.precedence asc, rates.record_guid asc
        ) = 1
),

-- The base currency is what the others are counted in, on every day.
base as (
    select
        currencies.currency,
        cast('1753-01-01' as date) as starts_on,
        cast(1 as decimal(20, 12)) as units_per_corporate_unit
    from organizations
    inner join currencies on organizations.base_currency_guid = currencies.currency_guid
    where currencies.currency is not null
),

all_rates as (
    select * from of_the_day
    union all
    select * from base
)

select * from all_rates
