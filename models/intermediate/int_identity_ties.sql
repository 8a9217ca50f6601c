with crm_leads as (
    select * from {{ ref('int_crm_leads') }}
),

lead_creations as (
    select * from {{ ref('int_lead_creations') }}
),

touches as (
    select * from {{ ref('int_touches_in_utc') }}
),

conversions as (
    select * from {{ ref('int_conversions_in_utc') }}
),

-- Every row, of the CRM or not, that names a lead together with a phone or an e-mail.
named_together as (
    {% if 'salesforce' in settings().sources %}
        select
            lead_id,
            phone_key as identity_key
        from {{ ref('stg_salesforce__leads') }}
        union all
        select
            lead_id,
            mobile_phone_key as identity_key
        from {{ ref('stg_salesforce__leads') }}
        union all
        select
            lead_id,
            email_key as identity_key
        from {{ ref('stg_salesforce__leads') }}
        union all
        select
            lead_id,
            phone_key as identity_key
        from {{ ref('int_salesforce__contacts') }}
        where not is_deleted
        union all
        select
            lead_id,
            mobile_phone_key as identity_key
        from {{ ref('int_salesforce__contacts') }}
        where not is_deleted
        union all
        select
            lead_id,
            email_key as identity_key
        from {{ ref('int_salesforce__contacts') }}
        where not is_deleted
        union all
    {% endif %}
    select
        given_lead_id as lead_id,
        phone_key as identity_key
    from touches
    union all
    select
        given_lead_id as lead_id,
        email_key as identity_key
    from touches
    union all
    select
        given_lead_id as lead_id,
        phone_key as identity_key
    from conversions
    union all
    select
        given_lead_id as lead_id,
        email_key as identity_key
    from conversions
),

of_living_leads as (
    select distinct
        named_together.identity_key,
        coalesce(crm_leads.surviving_lead_id, named_together.lead_id) as lead_id
    from named_together
    left join crm_leads on named_together.lead_id = crm_leads.lead_id
    where
        named_together.lead_id is not null
        and named_together.identity_key is not null
        and not coalesce(crm_leads.is_deleted, false)
),

with_creation as (
    select
        of_living_leads.identity_key,
        of_living_leads.lead_id,
        lead_creations.created_at,
        count(*) over (partition by of_living_leads.identity_key) as lead_count
    from of_living_leads
    left join lead_creations on of_living_leads.lead_id = lead_creations.lead_id
)

select * from with_creation
