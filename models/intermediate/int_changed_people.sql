{{ config(
    materialized='incremental',
    incremental_strategy='append',
    post_hook="{{ announce_people() }}"
) }}
{%- set changes_only = changed_people_only() %}

-- depends_on: {{ ref('int_changed_touch_ids') }}
-- depends_on: {{ ref('int_changed_conversion_ids') }}
-- depends_on: {{ ref('int_identified_touches') }}
-- depends_on: {{ ref('int_identified_conversions') }}
{% if not changes_only %}

    {{ empty_rows({'person_key': 'varchar'}) }}

{% else %}

-- Who had a record that changed, and who has it now.
with people as (
    {% for kind, plural in [('touch', 'touches'), ('conversion', 'conversions')] %}
        select person_key from {{ stored('int_' ~ plural) }}
        where
            {{ kind }}_id in (
                select {{ kind }}_id from {{ ref('int_changed_' ~ kind ~ '_ids') }}
                union all
                select {{ kind }}_id from {{ ref('int_identified_' ~ plural) }}
            )
        union all
        select person_key from {{ ref('int_identified_' ~ plural) }}
        {{ 'union all' if not loop.last }}
    {% endfor %}
)

select distinct person_key from people

{% endif %}
