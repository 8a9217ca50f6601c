{{ config(materialized='view') }}

with leads as (
    select * from {{ ref('int_crm_leads') }}
),

keys as (
    {% for crm in crm_sources() %}
        {% for key in ['phone_key', 'mobile_phone_key', 'email_key'] %}
            select
                lead_id,
                {{ key }} as identity_key
            from {{ ref('stg_' ~ crm ~ '__leads') }}
            union distinct
            select
                lead_id,
                {{ key }} as identity_key
            from {{ ref('int_' ~ crm ~ '__contacts') }}
            where not is_deleted
            {{ 'union distinct' if not loop.last }}
        {% endfor %}
        {{ 'union distinct' if not loop.last }}
    {% else %}
        {{ empty_rows({'lead_id': 'varchar', 'identity_key': 'varchar'}) }}
    {% endfor %}
),

-- A lead without a phone and an e-mail has one row, with an empty key.
facts as (
    select
        leads.lead_id,
        leads.surviving_lead_id,
        leads.is_deleted,
        leads.created_at,
        keys.identity_key
    from leads
    left join keys on leads.lead_id = keys.lead_id and keys.identity_key is not null
)

select * from facts
