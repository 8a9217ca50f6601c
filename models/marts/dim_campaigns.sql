with named_ids as (
    select campaign_id from {{ ref('int_touch_totals') }}
    union distinct
    select campaign_id from {{ ref('int_conversions') }}
    union distinct
    select campaign_id from {{ ref('int_campaign_costs') }}
    union distinct
    select campaign_id from {{ ref('int_crm_campaigns') }}
),

crm_campaigns as (
    select
        campaign_id,
        campaign_name,
        campaign_type,
        campaign_status,
        started_on,
        ended_on
    from {{ ref('int_crm_campaigns') }}
),

dialer_campaigns as (
    {% if 'genesys' in settings().sources %}
        select
            aliases.campaign_id,
            min(campaigns.outbound_campaign_name) as campaign_name
        from {{ ref('campaign_aliases') }} as aliases
        inner join {{ ref('stg_genesys__campaigns') }} as campaigns
            on aliases.outbound_campaign_id = campaigns.outbound_campaign_id
        group by aliases.campaign_id
    {% else %}
        {{ empty_rows({'campaign_id': 'varchar', 'campaign_name': 'varchar'}) }}
    {% endif %}
),

campaigns as (
    select
        named_ids.campaign_id,
        coalesce(
            crm_campaigns.campaign_name, dialer_campaigns.campaign_name, named_ids.campaign_id
        ) as campaign_name,
        crm_campaigns.campaign_type,
        crm_campaigns.campaign_status,
        crm_campaigns.started_on,
        crm_campaigns.ended_on,
        coalesce(crm_campaigns.campaign_id, dialer_campaigns.campaign_id) is not null as is_known
    from named_ids
    left join crm_campaigns on named_ids.campaign_id = crm_campaigns.campaign_id
    left join dialer_campaigns on named_ids.campaign_id = dialer_campaigns.campaign_id
    where named_ids.campaign_id is not null
)

select * from campaigns
