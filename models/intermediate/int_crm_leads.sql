{{ config(materialized='view') }}

with leads as (
    {% if 'salesforce' in settings().sources %}
        select
            'salesforce' as source,
            lead_id,
            surviving_lead_id,
            is_merged,
            is_deleted,
            created_at
        from {{ ref('int_salesforce__leads') }}
    {% else %}
        {{ empty_rows({
            'source': 'varchar',
            'lead_id': 'varchar',
            'surviving_lead_id': 'varchar',
            'is_merged': 'boolean',
            'is_deleted': 'boolean',
            'created_at': 'timestamp'
        }) }}
    {% endif %}
)

select * from leads
