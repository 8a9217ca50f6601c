{{ config(
    enabled='genesys' in var('sources') | string,
    materialized='incremental',
    incremental_strategy='replace_conversations',
    on_schema_change='fail'
) }}

with sessions as (
    select * from {{ ref('int_genesys__new_sessions') }}
),

participants as (
    select * from {{ ref('int_genesys__participants') }}
),

segments as (
    select * from {{ ref('int_genesys__new_segments') }}
),

first_segments as (
    select
        conversation_id,
        session_id,
        min(started_at) as first_segment_at
    from segments
    group by conversation_id, session_id
),

with_roles as (
    select
        sessions.conversation_id,
        sessions.participant_id,
        sessions.session_id,
        participants.is_customer,
        participants.is_agent,
        first_segments.first_segment_at,
        sessions.media_type,
        sessions.message_type,
        sessions.delivery_status,
        sessions.disposition_name,
        sessions.callback_scheduled_at,
        sessions.outbound_campaign_id,
        sessions.outbound_contact_id,
        sessions.outbound_contact_list_id,
        sessions.flow_id
    from sessions
    inner join participants
        on
            sessions.conversation_id = participants.conversation_id
            and sessions.participant_id = participants.participant_id
    left join first_segments
        on
            sessions.conversation_id = first_segments.conversation_id
            and sessions.session_id = first_segments.session_id
)

select * from with_roles
