{{ config(materialized='view') }}

with campaigns as (
    {% for crm in crm_sources() %}
        select
            '{{ crm }}' as source,
            {{ loop.index }} as precedence,
            campaign_id,
            campaign_name,
            campaign_type,
            campaign_status,
            started_on,
            ended_on,
            actual_cost,
            currency,
            is_deleted
        from {{ ref('stg_salesforce__campaigns' if crm == 'salesforce' else 'int_dynamics__campaigns') }}
        {{ 'union all' if not loop.last }}
    {% else %}
        {{ empty_rows({
            'source': 'varchar',
            'precedence': 'integer',
            'campaign_id': 'varchar',
            'campaign_name': 'varchar',
            'campaign_type': 'varchar',
            'campaign_status': 'varchar',
            'started_on': 'date',
            'ended_on': 'date',
            'actual_cost': 'decimal(18, 4)',
            'currency': 'varchar',
            'is_deleted': 'boolean'
        }) }}
    {% endfor %}
),

first_crm_only as (
    select * from campaigns
    qualify row_number() over (partition by campaign_id order by precedence) = 1
)

select * from first_crm_only
