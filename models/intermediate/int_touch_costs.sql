{{ config(materialized='view') }}

with touches as (
    select * from {{ ref('int_touches') }}
),

campaign_totals as (
    select
        campaign_id,
        sum(cost_reporting) as cost
    from {{ ref('int_campaign_costs_reporting') }}
    group by campaign_id
),

-- What a campaign cost is spread evenly over its touches; each takes the difference of two rounded
-- running totals, so that the touches sum to the campaign, and those of one touch sequence and
-- disposition to what int_touch_totals gives these.
numbered as (
    select
        touch_id,
        campaign_id,
        {{ touch_cost('cost', 'handle_seconds') }} as cost,
        row_number() over (
            partition by campaign_id
            order by
                touch_sequence asc nulls last,
                coalesce(disposition_code, '(none)') asc,
                touched_at asc,
                touch_id asc
        ) as n,
        count(*) over (partition by campaign_id) as touch_count
    from touches
),

spread as (
    select
        numbered.touch_id,
        numbered.campaign_id,
        cast(
            coalesce(numbered.cost, 0)
            + coalesce({{ running_difference(
                'campaign_totals.cost', 'numbered.n', 'numbered.touch_count', scale=2
            ) }}, 0) as decimal(18, 4)
        ) as cost,
        numbered.cost is not null or campaign_totals.cost is not null as has_cost
    from numbered
    left join campaign_totals on numbered.campaign_id = campaign_totals.campaign_id
),

known as (
    select
        touch_id,
        campaign_id,
        cost
    from spread
    where has_cost
)

select * from known
