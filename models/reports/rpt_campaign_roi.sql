with models as (
    select attribution_model from {{ ref('dim_attribution_models') }}
),

campaigns as (
    select * from {{ ref('dim_campaigns') }}
),

touches as (
    select
        campaign_id,
        count(*) as touch_count
    from {{ ref('fct_touches') }}
    group by campaign_id
),

credits as (
    select
        attribution_model,
        campaign_id,
        count(distinct conversion_id) as conversion_count,
        {{ exact_sum('credit') }} as credit,
        sum(attributed_value) as attributed_value
    from {{ ref('fct_attribution_credit') }}
    where credit > 0
    group by attribution_model, campaign_id
),

campaign_costs as (
    select
        campaign_id,
        sum(cost_reporting) as cost
    from {{ ref('int_campaign_costs_reporting') }}
    group by campaign_id
),

-- What single touches cost by themselves comes on top of what their campaign cost.
direct_costs as (
    select
        campaign_id,
        sum(cost) as cost
    from {{ ref('fct_touches') }}
    group by campaign_id
),

costs as (
    select
        campaign_id,
        sum(cost) as cost
    from (
        select * from campaign_costs
        union all
        select * from direct_costs
    ) as both_costs
    where cost is not null
    group by campaign_id
),

by_campaign as (
    select
        models.attribution_model,
        campaigns.campaign_id,
        campaigns.campaign_name,
        coalesce(touches.touch_count, 0) as touch_count,
        coalesce(credits.conversion_count, 0) as conversion_count,
        coalesce(credits.credit, 0) as credit,
        -- Without credit the value is 0; it is not known where no conversion has one.
        case when credits.campaign_id is null then 0 else credits.attributed_value end
            as attributed_value,
        costs.cost
    from campaigns
    cross join models
    left join touches on campaigns.campaign_id = touches.campaign_id
    left join credits
        on
            campaigns.campaign_id = credits.campaign_id
            and models.attribution_model = credits.attribution_model
    left join costs on campaigns.campaign_id = costs.campaign_id
    where
        touches.campaign_id is not null
        or credits.campaign_id is not null
        or costs.campaign_id is not null
),

-- What no touch earned stands in a row of its own, so that the rows sum to all conversions.
unattributed as (
    select
        models.attribution_model,
        '(unattributed)' as campaign_id,
        '(unattributed)' as campaign_name,
        0 as touch_count,
        count(conversions.conversion_id) as conversion_count,
        cast(count(conversions.conversion_id) as double) as credit,
        case
            when count(conversions.conversion_id) = 0 then 0
            else sum(conversions.conversion_value_reporting)
        end as attributed_value,
        cast(null as decimal(18, 4)) as cost
    from models
    left join {{ ref('fct_conversions') }} as conversions on conversions.touch_count = 0
    group by models.attribution_model
),

all_rows as (
    select * from by_campaign
    union all
    select * from unattributed
),

with_roi as (
    select
        attribution_model,
        campaign_id,
        campaign_name,
        touch_count,
        conversion_count,
        credit,
        cast(attributed_value as decimal(18, 2)) as attributed_value,
        cast(cost as decimal(18, 2)) as cost,
        {{ return_on_investment('attributed_value', 'cost') }} as roi,
        cast(cost as double) / nullif(credit, 0) as cost_per_conversion
    from all_rows
)

select * from with_roi
