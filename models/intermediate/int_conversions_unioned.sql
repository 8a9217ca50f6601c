{{ config(materialized='view') }}
{%- set sources = sources_of_conversions() -%}

with conversions as (
    {% for source in sources %}
        select
            '{{ source }}' as source,
            {{ loop.index }} as source_rank,
            conversion_id,
            lead_id,
            phone_key,
            email_key,
            campaign_id,
            converted_at,
            converted_on,
            conversion_type,
            conversion_value,
            currency,
            lead_created_at,
            lead_created_on
        from {{ loaded_conversions(source) }} as loaded
        {% if not builds_everything() %}
            where
                conversion_id in (
                    select changed.conversion_id
                    from {{ ref('int_changed_conversion_ids') }} as changed
                )
        {% endif %}
        {{ 'union all' if not loop.last }}
    {% else %}
        {{ empty_rows({
            'source': 'varchar',
            'source_rank': 'integer',
            'conversion_id': 'varchar',
            'lead_id': 'varchar',
            'phone_key': 'varchar',
            'email_key': 'varchar',
            'campaign_id': 'varchar',
            'converted_at': 'timestamp',
            'converted_on': 'date',
            'conversion_type': 'varchar',
            'conversion_value': 'decimal(18, 4)',
            'currency': 'varchar',
            'lead_created_at': 'timestamp',
            'lead_created_on': 'date'
        }) }}
    {% endfor %}
),

-- An id that two sources name is one conversion: the source that the var names first keeps it.
ranked as (
    select
        *,
        {% if sources | length > 1 %}
            row_number() over (partition by conversion_id order by source_rank asc) as id_rank
        {% else %}
            1 as id_rank
        {% endif %}
    from conversions
)

select * from ranked
