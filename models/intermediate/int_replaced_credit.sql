{{ config(materialized='incremental', incremental_strategy='append') }}
{%- set changes_only = changed_people_only() %}

{% if not changes_only %}

    {{ empty_rows(dict(
        {'person_key': 'varchar', 'changed_from': 'timestamp'}, **credit_columns()
    )) }}

{% else %}

-- Of each person is noted from when on. A build that stopped halfway has replaced credit from there
-- on; what was before that instant still is as the totals hold it.
with noted as (
    select
        person_key,
        min(changed_from) as noted_from
    from {{ this }}
    where conversion_id is null
    group by person_key
),

people as (
    select
        changed.person_key,
        changed.changed_from,
        noted.noted_from
    from {{ ref('int_changed_journeys') }} as changed
    left join noted on changed.person_key = noted.person_key
    where noted.noted_from is null or changed.changed_from < noted.noted_from
),

replaced as (
    select
        person_key,
        changed_from,
        {% for column, type in credit_columns().items() %}
            cast(null as {{ type }}) as {{ column }}{{ ',' if not loop.last }}
        {% endfor %}
    from people
    union all
    select
        people.person_key,
        people.changed_from,
        {% for column in credit_columns() %}
            attribution.{{ column }}{{ ',' if not loop.last }}
        {% endfor %}
    from people
    inner join {{ stored('fct_attribution', schema='marts') }} as attribution
        on
            people.person_key = attribution.person_key
            and people.changed_from <= attribution.converted_at
            and coalesce(attribution.converted_at < people.noted_from, true)
)

select * from replaced

{% endif %}
