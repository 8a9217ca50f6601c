{{ config(
    materialized='incremental',
    incremental_strategy='append',
    post_hook="{{ announce_people() }}"
) }}
{%- set changes_only = changed_people_only() -%}
{%- set kinds = [
    ('touch', 'touches', 'touched_at'),
    ('conversion', 'conversions', 'converted_at')
] %}

-- depends_on: {{ ref('int_changed_touch_ids') }}
-- depends_on: {{ ref('int_changed_conversion_ids') }}
-- depends_on: {{ ref('int_identified_touches') }}
-- depends_on: {{ ref('int_identified_conversions') }}
{% if not changes_only %}

    {{ empty_rows({'person_id': 'varchar', 'person_key': 'varchar', 'changed_from': 'timestamp'}) }}

{% else %}

-- Who had a record that was read again, and who has it now. A record that came out as it was is no
-- change.
with
{% for kind, plural, instant in kinds %}
    {{ plural }}_before as (
        select * from {{ stored('int_' ~ plural) }}
        where
            {{ kind }}_id in (
                select {{ kind }}_id from {{ ref('int_changed_' ~ kind ~ '_ids') }}
                union all
                select {{ kind }}_id from {{ ref('int_identified_' ~ plural) }}
            )
    ),

    {{ plural }}_now as (
        select * from {{ ref('int_identified_' ~ plural) }}
    ),

    {{ plural }}_that_differ as (
        (select * from {{ plural }}_before except select * from {{ plural }}_now)
        union all
        (select * from {{ plural }}_now except select * from {{ plural }}_before)
    ),

{% endfor %}

people as (
    {% for kind, plural, instant in kinds %}
        select
            person_id,
            {{ instant }} as changed_at
        from {{ plural }}_that_differ
        union all
        select
            person_id,
            cast(null as timestamp) as changed_at
        from {{ plural }}_before
        union all
        select
            person_id,
            cast(null as timestamp) as changed_at
        from {{ plural }}_now
        {{ 'union all' if not loop.last }}
    {% endfor %}
)

select
    person_id,
    {{ person_key('person_id') }} as person_key,
    min(changed_at) as changed_from
from people
group by person_id

{% endif %}
