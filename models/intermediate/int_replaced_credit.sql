{{ config(materialized='incremental', incremental_strategy='append') }}
{%- set changes_only = changed_people_only() %}

{% if not changes_only %}

    {{ empty_rows(dict({'person_key': 'varchar'}, **credit_columns())) }}

{% else %}

-- A person without credit has one empty row: after a build that stopped halfway, fct_attribution no
-- longer says what the totals hold of her.
with people as (
    select distinct person_key from {{ ref('int_changed_people') }}
    where person_key not in (select person_key from {{ this }})
),

replaced as (
    select
        people.person_key,
        {% for column in credit_columns() %}
            attribution.{{ column }}{{ ',' if not loop.last }}
        {% endfor %}
    from people
    left join {{ stored('fct_attribution', schema='marts') }} as attribution
        on people.person_key = attribution.person_key
)

select * from replaced

{% endif %}
