with touches as (
    select * from {{ ref('int_touch_identity') }}
    {% if builds_everything() %}
        where 1 = 0
    {% endif %}
)

select * from touches
