with attribution as (
    select * from {{ ref('fct_attribution') }}
),

conversions as (
    select * from {{ ref('fct_conversions') }}
),

journeys as (
    select
        conversion_id,
        count(*) as touch_count,
        max(hours_to_conversion) / 24 as days_from_first_touch,
        min(hours_to_conversion) / 24 as days_from_last_touch
    from attribution
    group by conversion_id
),

-- Each conversion counts under its own type, and once more under all of them.
typed as (
    select
        conversions.conversion_type,
        journeys.touch_count,
        journeys.days_from_first_touch,
        journeys.days_from_last_touch
    from journeys
    inner join conversions on journeys.conversion_id = conversions.conversion_id
    union all
    select
        '(all)' as conversion_type,
        touch_count,
        days_from_first_touch,
        days_from_last_touch
    from journeys
),

by_type as (
    select
        conversion_type,
        count(*) as conversion_count,
        round(avg(touch_count), 2) as average_touches,
    {% for end in ['first', 'last'] %}
        {% for quantile in [10, 25, 50, 75, 90] %}
            round(
                percentile_cont({{ quantile / 100 }}) within group (
                    order by days_from_{{ end }}_touch
                ), 2
            ) as {{ end }}_touch_days_p{{ quantile }},
        {% endfor %}
        round(max(days_from_{{ end }}_touch), 2) as {{ end }}_touch_days_max
        {{- ',' if not loop.last }}
    {% endfor %}
    from typed
    group by conversion_type
)

select * from by_type
order by conversion_type asc
