{{ config(materialized='view') }}

with touch_costs as (
    select * from {{ ref('int_touch_costs') }}
),

touches as (
    select * from {{ ref('fct_touches') }}
),

campaign_costs as (
    select * from {{ ref('int_campaign_costs_reporting') }}
),

of_touches as (
    select
        'touch|' || touches.touch_id as cost_id,
        touches.touch_id,
        touches.campaign_id,
        touches.channel,
        touches.touch_sequence,
        touches.touched_at as incurred_at,
        touch_costs.cost
    from touch_costs
    inner join touches on touch_costs.touch_id = touches.touch_id
),

-- A campaign that has cost money before it has touched anybody: by the day of the cost.
of_campaigns_without_touches as (
    select
        'campaign|' || campaign_id || '|' || coalesce(cast(cost_date as varchar), '') as cost_id,
        cast(null as varchar) as touch_id,
        campaign_id,
        cast(null as varchar) as channel,
        cast(null as integer) as touch_sequence,
        cast(cost_date as timestamp) as incurred_at,
        sum(cost_reporting) as cost
    from campaign_costs
    where
        cost_reporting is not null
        and campaign_id not in (select touches.campaign_id from touches)
    group by campaign_id, cost_date
),

costs as (
    select * from of_touches
    union all
    select * from of_campaigns_without_touches
),

typed as (
    select
        cost_id,
        touch_id,
        campaign_id,
        channel,
        touch_sequence,
        incurred_at,
        cast(cost as decimal(18, 4)) as cost
    from costs
)

select * from typed
