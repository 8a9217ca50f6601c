{{ config(materialized='view') }}

with crm_leads as (
    select * from {{ ref('int_crm_leads') }}
),

-- Every row, of the CRM or not, that names a lead together with a phone or an e-mail.
named_together as (
    select
        lead_id,
        identity_key
    from {{ ref('int_crm_facts') }}
    {% for records in ['int_touch_records', 'int_conversion_records'] %}
        {% for key in ['phone_key', 'email_key'] %}
            union all
            select
                given_lead_id as lead_id,
                {{ key }} as identity_key
            from {{ ref(records) }}
            where given_lead_id is not null
        {% endfor %}
    {% endfor %}
),

of_living_leads as (
    select
        named_together.identity_key,
        coalesce(crm_leads.surviving_lead_id, named_together.lead_id) as lead_id
    from named_together
    left join crm_leads on named_together.lead_id = crm_leads.lead_id
    where
        named_together.identity_key is not null
        and not coalesce(crm_leads.is_deleted, false)
)

select * from of_living_leads
