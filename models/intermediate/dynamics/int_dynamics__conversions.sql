{{ config(enabled='dynamics' in var('sources') | string) }}

with opportunities as (
    select * from {{ ref('stg_dynamics__opportunities') }}
),

leads as (
    select * from {{ ref('stg_dynamics__leads') }}
),

lead_survivors as (
    select * from {{ ref('int_dynamics__leads') }}
),

contacts as (
    select * from {{ ref('int_dynamics__contacts') }}
),

campaigns as (
    select * from {{ ref('stg_dynamics__campaigns') }}
),

currencies as (
    select * from {{ ref('stg_dynamics__currencies') }}
),

-- Dataverse does not say when a lead was qualified; the contact that this made says it.
first_contacts as (
    select
        lead_guid,
        min(created_at) as created_at
    from {{ ref('stg_dynamics__contacts') }}
    where lead_guid is not null
    group by lead_guid
),

-- Deleted leads stay in here: what becomes of their conversions is decided, and counted, for all
-- sources at once.
qualified_leads as (
    select
        leads.lead_guid as conversion_guid,
        leads.lead_guid,
        cast(null as varchar) as contact_guid,
        leads.opportunity_guid,
        leads.conversion_campaign,
        leads.conversion_campaign_is_lookup,
        coalesce(leads.converted_at, first_contacts.created_at) as converted_at,
        cast(null as date) as converted_on,
        coalesce(leads.conversion_type, 'lead') as conversion_type,
        leads.conversion_value,
        leads.currency_guid
    from leads
    inner join lead_survivors on leads.lead_guid = lead_survivors.lead_guid
    left join first_contacts on leads.lead_guid = first_contacts.lead_guid
    where leads.is_qualified and not lead_survivors.is_merged
),

{% if settings().dynamics_conversion_source == 'lead' %}

conversions as (
    select * from qualified_leads
),

{% else %}

    won_opportunities as (
        select
            opportunity_guid as conversion_guid,
            lead_guid,
            contact_guid,
            opportunity_guid,
            conversion_campaign,
            conversion_campaign_is_lookup,
            converted_at,
            closed_on as converted_on,
            coalesce(conversion_type, 'opportunity') as conversion_type,
            {% if settings().dynamics_value_field == 'actualvalue' %}
                coalesce(conversion_value, estimated_value) as conversion_value,
            {% else %}
                conversion_value,
            {% endif %}
            currency_guid
        from opportunities
        where is_won and not is_deleted
    ),

    leads_without_opportunity as (
        select
            conversion_guid,
            lead_guid,
            contact_guid,
            opportunity_guid,
            conversion_campaign,
            conversion_campaign_is_lookup,
            converted_at,
            converted_on,
            conversion_type,
            cast(null as decimal(18, 4)) as conversion_value,
            cast(null as varchar) as currency_guid
        from qualified_leads
        where
            opportunity_guid is null
            and lead_guid not in (
                select opportunities.lead_guid from opportunities
                where opportunities.lead_guid is not null and not opportunities.is_deleted
            )
    ),

    conversions as (
        select * from won_opportunities
        union all
        select * from leads_without_opportunity
    ),

{% endif %}

-- The day counts only where the CRM has no time.
shaped as (
    select
        conversions.conversion_guid as conversion_id,
        coalesce(lead_survivors.surviving_lead_id, contacts.lead_id) as lead_id,
        coalesce(contacts.phone_key, contacts.mobile_phone_key) as phone_key,
        contacts.email_key,
        case
            when conversions.conversion_campaign_is_lookup then campaigns.campaign_id
            else {{ filled_text('conversions.conversion_campaign') }}
        end as campaign_id,
        conversions.converted_at,
        case when conversions.converted_at is null then conversions.converted_on end
            as converted_on,
        conversions.conversion_type,
        conversions.conversion_value,
        currencies.currency
    from conversions
    left join lead_survivors on conversions.lead_guid = lead_survivors.lead_guid
    left join contacts on conversions.contact_guid = contacts.contact_id
    left join campaigns on conversions.conversion_campaign = campaigns.campaign_guid
    left join currencies on conversions.currency_guid = currencies.currency_guid
),

creations as (
    select
        surviving_lead_id,
        min(created_at) as created_at
    from lead_survivors
    group by surviving_lead_id
),

with_lead_creation as (
    select
        shaped.conversion_id,
        shaped.lead_id,
        shaped.phone_key,
        shaped.email_key,
        shaped.campaign_id,
        shaped.converted_at,
        shaped.converted_on,
        shaped.conversion_type,
        shaped.conversion_value,
        shaped.currency,
        creations.created_at as lead_created_at,
        cast(null as date) as lead_created_on
    from shaped
    left join creations on shaped.lead_id = creations.surviving_lead_id
)

select * from with_lead_creation
