with conversions as (
    select * from {{ ref('int_conversions_with_person') }}
    {% if builds_everything() %}
        where 1 = 0
    {% endif %}
)

select * from conversions
