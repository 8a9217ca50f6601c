with agents as (
    select * from {{ ref('dim_agents') }}
),

queues as (
    select * from {{ ref('dim_queues') }}
),

dispositions as (
    select * from {{ ref('dim_dispositions') }}
),

campaigns as (
    select * from {{ ref('dim_campaigns') }}
),

channels as (
    select
        *,
        -- Without what people write a name with or without: E-Mail, email.
        translate(lower(channel), ' -_', '') as bare_name
    from {{ ref('dim_channels') }}
),

costs as (
    select * from {{ ref('int_campaign_costs_reporting') }}
),

crm_leads as (
    select * from {{ ref('int_crm_leads') }}
),

campaigns_in_use as (
    select campaign_id from {{ ref('int_touch_totals') }}
    union distinct
    select campaign_id from {{ ref('int_conversions') }}
),

deleted_in_crm as (
    select * from crm_leads
    where is_deleted and not is_merged
),

merged_leads as (
    select
        'merged_lead' as finding,
        source,
        lead_id as record_id,
        'info' as severity,
        'Merged: everything of it counts for lead ' || surviving_lead_id || '.' as detail
    from crm_leads
    where is_merged
),

touches_of_leads as (
    select
        given_lead_id,
        count(*) as touch_count
    from {{ ref('int_touches') }}
    where given_lead_id in (select deleted_in_crm.lead_id from deleted_in_crm)
    group by given_lead_id
),

conversions_of_leads as (
    select
        given_lead_id,
        count(*) as conversion_count
    from {{ ref('int_conversions') }}
    where given_lead_id in (select deleted_in_crm.lead_id from deleted_in_crm)
    group by given_lead_id
),

deleted_leads as (
    select
        'deleted_lead' as finding,
        deleted_in_crm.source,
        deleted_in_crm.lead_id as record_id,
        'warn' as severity,
        'Deleted in the CRM. Conversions that went with it: '
        || cast(coalesce(conversions_of_leads.conversion_count, 0) as varchar)
        || '; touches that name it and stay: '
        || cast(coalesce(touches_of_leads.touch_count, 0) as varchar) || '.' as detail
    from deleted_in_crm
    left join touches_of_leads on deleted_in_crm.lead_id = touches_of_leads.given_lead_id
    left join conversions_of_leads on deleted_in_crm.lead_id = conversions_of_leads.given_lead_id
),

cost_without_rate as (
    select
        'cost_without_rate' as finding,
        cost_source as source,
        campaign_id as record_id,
        'error' as severity,
        'No rate from ' || min(currency)
        || ' to {{ settings().reporting_currency }}: the cost counts nowhere.' as detail
    from costs
    where cost_reporting is null
    group by cost_source, campaign_id
),

channels_without_weight as (
    select
        channels.channel,
        min(weighted.channel) as likely_channel
    from channels
    left join channels as weighted
        on
            weighted.has_weight_row
            and channels.bare_name in (weighted.bare_name, weighted.bare_name || 's')
    where not channels.has_weight_row
    group by channels.channel
),

touches_of_channels as (
    select
        source,
        channel,
        count(*) as touch_count
    from {{ ref('int_touches') }}
    where channel in (select channels_without_weight.channel from channels_without_weight)
    group by source, channel
),

channel_without_weight as (
    select
        'channel_without_weight' as finding,
        touches_of_channels.source,
        touches_of_channels.channel as record_id,
        'warn' as severity,
        'channel_weights has no row for it, so each of its touches ('
        || cast(touches_of_channels.touch_count as varchar) || ') weighs 1.'
        || coalesce(
            ' Perhaps it is ' || channels_without_weight.likely_channel || '.', ''
        ) as detail
    from touches_of_channels
    inner join channels_without_weight
        on touches_of_channels.channel = channels_without_weight.channel
),

{% if 'genesys' in settings().sources %}

    unknown_users as (
        select
            'unknown_user' as finding,
            'genesys' as source,
            agent_id as record_id,
            'warn' as severity,
            'No user of this id is listed in the org: named by its id.' as detail
        from agents
        where not is_known and agent_id != '(none)'
    ),

    unknown_queues as (
        select
            'unknown_queue' as finding,
            'genesys' as source,
            queue_id as record_id,
            'warn' as severity,
            'No queue of this id is listed in the org: named by its id.' as detail
        from queues
        where not is_known
    ),

    unknown_wrapup_codes as (
        select
            'unknown_wrapup_code' as finding,
            'genesys' as source,
            disposition_code as record_id,
            'warn' as severity,
            'No wrap-up code of this id is listed in the org: named by its id.' as detail
        from dispositions
        where not is_known
    ),

{% endif %}
{% if crm_sources() %}

    unknown_campaigns as (
        select
            'unknown_campaign' as finding,
            '{{ crm_sources() | first }}' as source,
            campaign_id as record_id,
            'warn' as severity,
            'No campaign of this id is listed in the CRM or in campaign_aliases: named by its id.'
                as detail
        from campaigns
        where not is_known and campaign_id != '(untagged)'
    ),

    deleted_campaigns as (
        select
            'unknown_campaign' as finding,
            source,
            campaign_id as record_id,
            'warn' as severity,
            'Deleted in the CRM: what names it keeps it, its name and its credit.' as detail
        from {{ ref('int_crm_campaigns') }}
        where
            is_deleted
            and campaign_id in (select campaigns_in_use.campaign_id from campaigns_in_use)
    ),

{% endif %}
all_findings as (
    select * from merged_leads
    union all
    select * from deleted_leads
    union all
    select * from cost_without_rate
    union all
    select * from channel_without_weight
    {% if 'genesys' in settings().sources %}
        union all
        select * from unknown_users
        union all
        select * from unknown_queues
        union all
        select * from unknown_wrapup_codes
    {% endif %}
    {% if crm_sources() %}
        union all
        select * from unknown_campaigns
        union all
        select * from deleted_campaigns
    {% endif %}
)

select * from all_findings
