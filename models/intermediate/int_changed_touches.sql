with touches as (
    select * from {{ ref('int_touches_in_utc') }}
    {% if builds_everything() %}
        where 1 = 0
    {% endif %}
)

select * from touches
