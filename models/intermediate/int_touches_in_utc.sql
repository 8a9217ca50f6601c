{{ config(materialized='view') }}

with touches as (
    select * from {{ ref('int_touches_unioned') }}
    where id_rank = 1
),

crm_days as (
    select * from {{ ref('int_crm_days') }}
),

-- A date-only touch stands for the start of its day.
with_instants as (
    select
        touches.*,
        coalesce(touches.started_at, start_days.starts_at) as started_at_utc,
        coalesce(touches.ended_at, end_days.starts_at) as ended_at_utc
    from touches
    left join crm_days as start_days on touches.started_on = start_days.local_date
    left join crm_days as end_days on touches.ended_on = end_days.local_date
),

with_anchor as (
    select
        source,
        touch_id,
        lead_id as given_lead_id,
        phone_key,
        email_key,
        campaign_id,
        touch_sequence,
        channel,
        started_at_utc as started_at,
        started_on,
        ended_at_utc as ended_at,
        ended_on,
        {{ 'ended_at_utc' if settings().touch_anchor == 'end' else 'started_at_utc' }}
            as touched_at,
        is_connected,
        agent_id,
        queue_id,
        ivr_node_id,
        disposition_code,
        lead_source,
        handle_seconds,
        cost
    from with_instants
)

select * from with_anchor
