with last_loads as (
    {% for name in settings().sources %}
        select
            '{{ name }}' as source,
            max({{ to_utc('loaded_at') }}) as loaded_at
        from {{ source('raw_' ~ name, 'completed_loads') }}
        {{ 'union all' if not loop.last }}
    {% endfor %}
),

late as (
    select
        source,
        loaded_at
    from last_loads
    where
        loaded_at is null
        or {{ seconds_between('loaded_at', current_utc()) }}
        > {{ settings().freshness_error_hours }} * 3600
)

select * from late
