{%- set model = settings().exported_model -%}

with attribution as (
    select * from {{ ref('fct_attribution') }}
),

conversions as (
    select * from {{ ref('fct_conversions') }}
),

campaigns as (
    select * from {{ ref('dim_campaigns') }}
),

-- What each campaign has of a conversion: the whole of it where every campaign counts what it
-- touched, a share of it by the model that is exported, all or nothing by single win.
campaign_conversions as (
    select
        campaign_id,
        conversion_id,
        sum({{ model }}_credit) as shared_credit,
        sum({{ model }}_value) as shared_value,
        sum(single_win_credit) as won,
        sum(single_win_value) as won_value
    from attribution
    group by campaign_id, conversion_id
),

by_campaign as (
    select
        campaign_conversions.campaign_id,
        count(*) as conversions_claimed,
        round(sum(campaign_conversions.shared_credit), 6) as conversions_shared,
        sum(campaign_conversions.won) as conversions_won,
        sum(conversions.conversion_value_reporting) as value_claimed,
        sum(campaign_conversions.shared_value) as value_shared,
        sum(campaign_conversions.won_value) as value_won
    from campaign_conversions
    inner join conversions on campaign_conversions.conversion_id = conversions.conversion_id
    group by campaign_conversions.campaign_id
),

with_total as (
    select * from by_campaign
    union all
    select
        '(all campaigns)' as campaign_id,
        sum(conversions_claimed) as conversions_claimed,
        round(sum(conversions_shared), 6) as conversions_shared,
        sum(conversions_won) as conversions_won,
        sum(value_claimed) as value_claimed,
        sum(value_shared) as value_shared,
        sum(value_won) as value_won
    from by_campaign
),

-- In the total, what is claimed beyond what was won is what would be counted more than once.
compared as (
    select
        with_total.campaign_id,
        coalesce(campaigns.campaign_name, with_total.campaign_id) as campaign_name,
        with_total.conversions_claimed,
        with_total.conversions_shared,
        with_total.conversions_won,
        with_total.conversions_claimed - with_total.conversions_won as conversions_overclaimed,
        with_total.value_claimed,
        with_total.value_shared,
        with_total.value_won,
        with_total.value_claimed - with_total.value_won as value_overclaimed
    from with_total
    left join campaigns on with_total.campaign_id = campaigns.campaign_id
)

select * from compared
order by conversions_claimed desc, campaign_id asc
