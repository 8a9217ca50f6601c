{{ config(
    materialized='incremental',
    incremental_strategy='replace_records',
    unique_key='touch_id',
    on_schema_change='fail'
) }}

-- depends_on: {{ ref('int_changed_people') }}
-- depends_on: {{ ref('int_changed_touch_ids') }}
-- depends_on: {{ ref('int_touch_identity') }}
-- depends_on: {{ ref('int_identified_touches') }}
with touches as (
    {% if changed_people_only() %}
        select * from {{ ref('int_identified_touches') }}
    {% else %}
        select * from {{ ref('int_touch_identity') }}
    {% endif %}
)

select * from touches
