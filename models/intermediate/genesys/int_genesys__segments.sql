{{ config(
    enabled='genesys' in var('sources') | string,
    materialized='incremental',
    incremental_strategy='replace_conversations',
    on_schema_change='fail'
) }}

with conversations as (
    select * from {{ ref('int_genesys__new_conversations') }}
),

segments as (
    select * from {{ ref('int_genesys__new_segments') }}
),

-- A segment that still had no end when its conversation ended lasted until then.
closed as (
    select
        segments.conversation_id,
        segments.participant_id,
        segments.session_id,
        segments.segment_type,
        segments.queue_id,
        segments.wrapup_code,
        segments.started_at,
        coalesce(segments.ended_at, conversations.ended_at) as ended_at
    from segments
    inner join conversations
        on segments.conversation_id = conversations.conversation_id
),

-- Whole milliseconds, so that sums of them are exact and tie where they should.
measured as (
    select
        *,
        cast(
            greatest(
                coalesce({{ dbt.datediff('started_at', 'ended_at', 'millisecond') }}, 0), 0
            ) as bigint
        ) as duration_ms
    from closed
)

select * from measured
