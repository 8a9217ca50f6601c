{{ config(materialized='view') }}

with leads as (
    {% for crm in crm_sources() %}
        select
            '{{ crm }}' as source,
            {{ loop.index }} as precedence,
            lead_id,
            surviving_lead_id,
            is_merged,
            is_deleted,
            created_at
        from {{ ref('int_' ~ crm ~ '__leads') }}
        {{ 'union all' if not loop.last }}
    {% else %}
        {{ empty_rows({
            'source': 'varchar',
            'precedence': 'integer',
            'lead_id': 'varchar',
            'surviving_lead_id': 'varchar',
            'is_merged': 'boolean',
            'is_deleted': 'boolean',
            'created_at': 'timestamp'
        }) }}
    {% endfor %}
),

-- Two CRMs, or two leads of Dynamics 365 with one number, can name the same lead.
named_once as (
    select
        source,
        lead_id,
        surviving_lead_id,
        is_merged,
        is_deleted,
        created_at
    from leads
    {% if 'dynamics' in settings().sources %}
        qualify row_number() over (
                partition by lead_id
                order by
                    precedence asc, is_deleted asc, is_merged asc, created_at asc nulls last, surviving_lead_id asc
            ) = 1
    {% endif %}
)

select * from named_once
