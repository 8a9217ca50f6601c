{{ config(enabled='salesforce' in var('sources') | string) }}

with contacts as (
    select * from {{ ref('stg_salesforce__contacts') }}
),

leads as (
    select * from {{ ref('stg_salesforce__leads') }}
),

lead_survivors as (
    select * from {{ ref('int_salesforce__leads') }}
),

-- Several leads can be converted into one contact: the last one converted stands for it.
converted_leads as (
    select
        leads.contact_id,
        lead_survivors.surviving_lead_id as lead_id
    from leads
    inner join lead_survivors on leads.lead_id = lead_survivors.lead_id
    where leads.contact_id is not null and not lead_survivors.is_deleted
    qualify row_number() over (
            partition by leads.contact_id
            order by leads.converted_on desc nulls last, lead_survivors.surviving_lead_id asc
        ) = 1
),

with_lead as (
    select
        contacts.contact_id,
        converted_leads.lead_id,
        contacts.phone_key,
        contacts.mobile_phone_key,
        contacts.email_key,
        contacts.is_deleted
    from contacts
    left join converted_leads on contacts.contact_id = converted_leads.contact_id
)

select * from with_lead
