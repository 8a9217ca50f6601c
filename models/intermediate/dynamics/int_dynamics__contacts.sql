{{ config(enabled='dynamics' in var('sources') | string) }}

with contacts as (
    select * from {{ ref('stg_dynamics__contacts') }}
),

leads as (
    select * from {{ ref('stg_dynamics__leads') }}
),

lead_survivors as (
    select * from {{ ref('int_dynamics__leads') }}
),

-- The lead that the contact was made from, else the one qualified last that it was put under.
leads_of_contacts as (
    select
        contact_id as contact_guid,
        lead_guid,
        1 as precedence,
        created_at
    from contacts
    where lead_guid is not null
    union all
    select
        contact_guid,
        lead_guid,
        2 as precedence,
        created_at
    from leads
    where contact_guid is not null and is_qualified
),

first_lead as (
    select
        leads_of_contacts.contact_guid,
        lead_survivors.surviving_lead_id as lead_id
    from leads_of_contacts
    inner join lead_survivors on leads_of_contacts.lead_guid = lead_survivors.lead_guid
    where not lead_survivors.is_deleted
    qualify row_number() over (
            partition by leads_of_contacts.contact_guid
            order by
                leads_of_contacts.precedence asc,
                leads_of_contacts.created_at desc nulls last,
                lead_survivors.surviving_lead_id asc
        ) = 1
),

with_lead as (
    select
        contacts.contact_id,
        first_lead.lead_id,
        contacts.phone_key,
        contacts.mobile_phone_key,
        contacts.email_key,
        contacts.is_deleted
    from contacts
    left join first_lead on contacts.contact_id = first_lead.contact_guid
)

select * from with_lead
