{{ config(
    enabled='genesys' in var('sources') | string,
    materialized='incremental',
    incremental_strategy='replace_conversations',
    on_schema_change='fail'
) }}

with conversations as (
    select * from {{ ref('int_genesys__new_conversations') }}
),

participants as (
    select * from {{ ref('int_genesys__new_participants') }}
),

sessions as (
    select * from {{ ref('int_genesys__new_sessions') }}
),

segments as (
    select * from {{ ref('int_genesys__new_segments') }}
),

outcomes as (
    select * from {{ ref('int_genesys__new_flow_outcomes') }}
),

malformed as (
    select
        conversation_id,
        'participants' as field
    from conversations
    where has_misfit_participants
    union all
    select
        conversation_id,
        'participants.participantId' as field
    from participants
    where participant_id is null
    union all
    select
        conversation_id,
        'participants.attributes' as field
    from participants
    where has_misfit_attributes
    union all
    select
        conversation_id,
        'participants.sessions' as field
    from participants
    where has_misfit_sessions
    union all
    select
        conversation_id,
        'sessions.sessionId' as field
    from sessions
    where session_id is null
    union all
    select
        conversation_id,
        'sessions.flow' as field
    from sessions
    where has_misfit_flow
    union all
    select
        conversation_id,
        'sessions.segments' as field
    from sessions
    where has_misfit_segments
    union all
    select
        conversation_id,
        'segments.segmentStart' as field
    from segments
    where started_at is null
    union all
    select
        conversation_id,
        'segments.segmentEnd' as field
    from segments
    where segment_end_text is not null and ended_at is null
    union all
    select
        conversation_id,
        'outcomes.flowOutcomeStartTimestamp' as field
    from outcomes
    where outcome_start_text is not null and started_at is null
    union all
    select
        conversation_id,
        'outcomes.flowOutcomeEndTimestamp' as field
    from outcomes
    where outcome_end_text is not null and ended_at is null
),

counted as (
    select
        conversation_id,
        field,
        count(*) as value_count
    from malformed
    group by conversation_id, field
)

select * from counted
