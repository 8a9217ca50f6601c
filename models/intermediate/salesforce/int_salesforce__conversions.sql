{{ config(enabled='salesforce' in var('sources') | string) }}
{%- set stages = settings().salesforce_conversion_stages %}

with opportunities as (
    select * from {{ ref('stg_salesforce__opportunities') }}
),

contact_roles as (
    select * from {{ ref('stg_salesforce__opportunity_contact_roles') }}
    where is_primary and not is_deleted
),

leads as (
    select * from {{ ref('stg_salesforce__leads') }}
),

lead_survivors as (
    select * from {{ ref('int_salesforce__leads') }}
),

contacts as (
    select * from {{ ref('int_salesforce__contacts') }}
),

conversion_times as (
    select * from {{ ref('int_salesforce__conversion_times') }}
),

{% if settings().salesforce_conversion_source == 'lead' %}

-- Deleted leads stay in here: what becomes of their conversions is decided, and counted, for all sources at once.
converted_leads as (
    select
        leads.lead_id as conversion_id,
        leads.lead_id,
        leads.campaign_id,
        leads.converted_at,
        leads.converted_on,
        coalesce(leads.conversion_type, 'lead') as conversion_type,
        leads.conversion_value,
        leads.currency
    from leads
    inner join lead_survivors on leads.lead_id = lead_survivors.lead_id
    where
        not lead_survivors.is_merged
        {% if stages %}
            and leads.lead_status in ({{ quoted_list(stages) }})
        {% else %}
            and leads.is_converted
        {% endif %}
),

conversions as (
    select
        conversion_id,
        lead_id,
        cast(null as varchar) as phone_key,
        cast(null as varchar) as email_key,
        campaign_id,
        converted_at,
        converted_on,
        conversion_type,
        conversion_value,
        currency
    from converted_leads
),

{% else %}

    leads_of_opportunities as (
        select
            leads.opportunity_id,
            lead_survivors.surviving_lead_id as lead_id
        from leads
        inner join lead_survivors on leads.lead_id = lead_survivors.lead_id
        where leads.opportunity_id is not null
        qualify row_number() over (
                partition by leads.opportunity_id
                order by
                    lead_survivors.is_deleted asc,
                    leads.converted_on desc nulls last,
                    leads.lead_id asc
            ) = 1
    ),

    primary_contacts as (
        select
            contact_roles.opportunity_id,
            contacts.lead_id,
            contacts.phone_key,
            contacts.mobile_phone_key,
            contacts.email_key
        from contact_roles
        inner join contacts on contact_roles.contact_id = contacts.contact_id
        qualify row_number() over (
                partition by contact_roles.opportunity_id
                order by contact_roles.opportunity_contact_role_id asc
            ) = 1
    ),

    won_opportunities as (
        select
            opportunities.opportunity_id as conversion_id,
            coalesce(leads_of_opportunities.lead_id, primary_contacts.lead_id) as lead_id,
            coalesce(primary_contacts.phone_key, primary_contacts.mobile_phone_key) as phone_key,
            primary_contacts.email_key,
            opportunities.campaign_id,
            opportunities.converted_at,
            -- Until it is closed, CloseDate is a plan.
            case
                when opportunities.is_closed or opportunities.is_won then opportunities.closed_on
            end
                as converted_on,
            coalesce(opportunities.conversion_type, 'opportunity') as conversion_type,
            opportunities.conversion_value,
            opportunities.currency
        from opportunities
        left join leads_of_opportunities
            on opportunities.opportunity_id = leads_of_opportunities.opportunity_id
        left join primary_contacts
            on opportunities.opportunity_id = primary_contacts.opportunity_id
        where
            not opportunities.is_deleted
            {% if stages %}
                and opportunities.stage_name in ({{ quoted_list(stages) }})
            {% else %}
                and opportunities.is_won
            {% endif %}
    ),

    leads_without_opportunity as (
        select
            leads.lead_id as conversion_id,
            leads.lead_id,
            cast(null as varchar) as phone_key,
            cast(null as varchar) as email_key,
            leads.campaign_id,
            leads.converted_at,
            leads.converted_on,
            coalesce(leads.conversion_type, 'lead') as conversion_type,
            cast(null as decimal(18, 4)) as conversion_value,
            cast(null as varchar) as currency
        from leads
        inner join lead_survivors on leads.lead_id = lead_survivors.lead_id
        where leads.is_converted and leads.opportunity_id is null and not lead_survivors.is_merged
    ),

    conversions as (
        select * from won_opportunities
        union all
        select * from leads_without_opportunity
    ),

{% endif %}

-- Where the CRM has no time but a history, that says it, unless it contradicts the day.
with_time as (
    select
        conversions.*,
        coalesce(
            conversions.converted_at,
            case
                when
                    conversions.converted_on is null
                    or conversions.converted_on = conversion_times.arrived_on
                    then conversion_times.arrived_at
            end
        ) as known_at
    from conversions
    left join conversion_times on conversions.conversion_id = conversion_times.record_id
),

-- The day counts only where the CRM has no time.
with_lead_creation as (
    select
        conversions.conversion_id,
        conversions.lead_id,
        conversions.phone_key,
        conversions.email_key,
        conversions.campaign_id,
        conversions.known_at as converted_at,
        case when conversions.known_at is null then conversions.converted_on end
            as converted_on,
        conversions.conversion_type,
        conversions.conversion_value,
        conversions.currency,
        lead_survivors.created_at as lead_created_at,
        cast(null as date) as lead_created_on
    from with_time as conversions
    left join lead_survivors on conversions.lead_id = lead_survivors.lead_id
)

select * from with_lead_creation
