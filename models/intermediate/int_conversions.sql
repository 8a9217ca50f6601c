{{ config(
    materialized='incremental',
    incremental_strategy='replace_records',
    unique_key='conversion_id',
    on_schema_change='fail'
) }}

-- depends_on: {{ ref('int_changed_people') }}
-- depends_on: {{ ref('int_changed_conversion_ids') }}
-- depends_on: {{ ref('int_conversions_with_person') }}
-- depends_on: {{ ref('int_identified_conversions') }}
with conversions as (
    {% if changed_people_only() %}
        select * from {{ ref('int_identified_conversions') }}
    {% else %}
        select * from {{ ref('int_conversions_with_person') }}
    {% endif %}
)

select * from conversions
