{%- set sources_of_conversions = settings().sources | reject('equalto', 'genesys') | list -%}

with conversions as (
    {% for source in sources_of_conversions %}
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
        from {{ ref('int_' ~ source ~ '__conversions') }}
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
        row_number() over (partition by conversion_id order by source_rank asc) as id_rank
    from conversions
)

select * from ranked
