{{ config(materialized='view', enabled='files' in var('sources') | string) }}

with touches as (
    select * from {{ ref('stg_files__touches') }}
    where not is_deleted
),

shaped as (
    select
        touch_id,
        lead_id,
        phone_key,
        email_key,
        coalesce(nullif(trim(campaign_id), ''), '(untagged)') as campaign_id,
        cast(touch_sequence as integer) as touch_sequence,
        channel,
        -- A touch without a start began when it ended.
        case when started_on is null then coalesce(started_at, touched_at) end as started_at,
        case when started_at is null then coalesce(started_on, touched_on) end as started_on,
        touched_at as ended_at,
        touched_on as ended_on,
        true as is_connected,
        agent_id,
        queue_id,
        ivr_node_id,
        disposition_code,
        cast(null as varchar) as lead_source,
        cast(null as bigint) as handle_seconds,
        cost,
        load_id
    from touches
)

select * from shaped
