with models as (
    select attribution_model from {{ ref('dim_attribution_models') }}
),

campaigns as (
    select * from {{ ref('dim_campaigns') }}
),

touch_totals as (
    select
        campaign_id,
        sum(touch_count) as touch_count,
        sum(own_cost) as own_cost
    from {{ ref('int_touch_totals') }}
    group by campaign_id
),

credit_totals as (
    select * from {{ ref('int_credit_totals') }}
),

credits_by_model as (
    {{ one_row_per_model('credit_totals', ['campaign_id']) }}
),

-- Without a single conversion of known value, the value is not known.
credits as (
    select
        credits_by_model.attribution_model,
        credits_by_model.campaign_id,
        max(conversions.conversion_count) as conversion_count,
        cast(sum(credits_by_model.credit) as double) as credit,
        case
            when max(conversions.valued_conversion_count) > 0
                then sum(credits_by_model.attributed_value)
        end as attributed_value
    from credits_by_model
    inner join {{ ref('int_campaign_conversions') }} as conversions
        on
            credits_by_model.attribution_model = conversions.attribution_model
            and credits_by_model.campaign_id = conversions.campaign_id
    where conversions.conversion_count > 0
    group by credits_by_model.attribution_model, credits_by_model.campaign_id
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
        own_cost as cost
    from touch_totals
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
        coalesce(touch_totals.touch_count, 0) as touch_count,
        coalesce(credits.conversion_count, 0) as conversion_count,
        coalesce(credits.credit, 0) as credit,
        -- Without credit the value is 0; it is not known where no conversion has one.
        case when credits.campaign_id is null then 0 else credits.attributed_value end
            as attributed_value,
        costs.cost
    from campaigns
    cross join models
    left join touch_totals on campaigns.campaign_id = touch_totals.campaign_id
    left join credits
        on
            campaigns.campaign_id = credits.campaign_id
            and models.attribution_model = credits.attribution_model
    left join costs on campaigns.campaign_id = costs.campaign_id
    where
        touch_totals.campaign_id is not null
        or credits.campaign_id is not null
        or costs.campaign_id is not null
),

-- What no touch earned stands in a row of its own, so that the rows sum to all conversions.
without_touch as (
    select
        count(*) as conversion_count,
        case when count(*) = 0 then 0 else sum(conversion_value_reporting) end as conversion_value
    from {{ ref('fct_conversions') }}
    where touch_count = 0
),

unattributed as (
    select
        models.attribution_model,
        '(unattributed)' as campaign_id,
        '(unattributed)' as campaign_name,
        0 as touch_count,
        without_touch.conversion_count,
        cast(without_touch.conversion_count as double) as credit,
        without_touch.conversion_value as attributed_value,
        cast(null as decimal(18, 4)) as cost
    from models
    cross join without_touch
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
        cast(touch_count as bigint) as touch_count,
        conversion_count,
        credit,
        cast(attributed_value as decimal(18, 2)) as attributed_value,
        cast(cost as decimal(18, 2)) as cost,
        {{ return_on_investment('attributed_value', 'cost') }} as roi,
        cast(cost as double) / nullif(credit, 0) as cost_per_conversion
    from all_rows
)

select * from with_roi
