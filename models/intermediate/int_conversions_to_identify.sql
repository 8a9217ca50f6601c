{{ config(materialized='view') }}
{#- A new rate changes the value of a conversion that has not changed itself. #}
-- depends_on: {{ ref('int_repriced_conversions') }}
{{ records_to_identify('conversion') }}
{% if not builds_everything() %}
    or conversion_id in (select conversion_id from {{ ref('int_repriced_conversions') }})
{% endif %}
