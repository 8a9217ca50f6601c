{{ config(materialized='view') }}

with touches as (
    select * from {{ ref('int_touches_with_key') }}
),

campaigns as (
    select * from {{ ref('dim_campaigns') }}
),

with_campaign_name as (
    select
        touches.touch_id,
        touches.source,
        touches.lead_id,
        touches.person_key,
        touches.identity_match,
        touches.campaign_id,
        campaigns.campaign_name,
        touches.touch_sequence,
        touches.channel,
        touches.started_at,
        touches.touched_at,
        touches.is_connected,
        touches.agent_id,
        touches.queue_id,
        touches.ivr_node_id,
        touches.disposition_code,
        touches.lead_source,
        touches.handle_seconds,
        {{ touch_cost('touches.cost', 'touches.handle_seconds') }} as cost
    from touches
    left join campaigns on touches.campaign_id = campaigns.campaign_id
)

select * from with_campaign_name
