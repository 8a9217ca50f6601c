with attribution as (
    select * from {{ ref('fct_attribution') }}
),

campaigns as (
    select * from {{ ref('dim_campaigns') }}
),

by_campaign as (
    select
        campaign_id,
        count(distinct conversion_id) as conversions_touched,
        sum(first_touch_credit) as conversions_opened,
        sum(last_touch_credit) as conversions_closed,
        sum(first_touch_value) as value_opened,
        sum(last_touch_value) as value_closed
    from attribution
    group by campaign_id
),

-- From -1, a campaign that only opens, to 1, one that only closes; null where it does neither.
compared as (
    select
        by_campaign.campaign_id,
        campaigns.campaign_name,
        by_campaign.conversions_touched,
        by_campaign.conversions_opened,
        by_campaign.conversions_closed,
        by_campaign.value_opened,
        by_campaign.value_closed,
        by_campaign.value_closed - by_campaign.value_opened as value_gained_by_last_touch,
        round(
            (by_campaign.conversions_closed - by_campaign.conversions_opened)
            / nullif(by_campaign.conversions_closed + by_campaign.conversions_opened, 0),
            4
        ) as opens_or_closes
    from by_campaign
    left join campaigns on by_campaign.campaign_id = campaigns.campaign_id
)

select * from compared
order by opens_or_closes asc nulls last, campaign_id asc
