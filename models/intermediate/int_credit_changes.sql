{{ config(materialized='view') }}

-- depends_on: {{ ref('int_changed_journeys') }}
-- depends_on: {{ ref('int_replaced_credit') }}
with credit_now as (
    select
        1 as sign,
        {{ credit_columns() | join(', ') }}
    from {{ ref('fct_attribution') }}
    {% if not builds_everything() %}
        inner join {{ ref('int_changed_journeys') }} as changed
            on
                fct_attribution.person_key = changed.person_key
                and fct_attribution.converted_at >= changed.changed_from
    {% endif %}
),

{% if builds_everything() %}

    changes as (
        select * from credit_now
    )

{% else %}

    changes as (
        select * from credit_now
        union all
        select
            -1 as sign,
            {% for column in credit_columns() %}
                {% if column.endswith('_credit') or column.endswith('_value') or column == 'hours_to_conversion' %}
                    -{{ column }} as {{ column }}
                {%- else %}
                    {{ column }}
                {%- endif %}
                {{- ',' if not loop.last }}
            {% endfor %}
        from {{ ref('int_replaced_credit') }}
        where conversion_id is not null
    )

{% endif %}

select * from changes
