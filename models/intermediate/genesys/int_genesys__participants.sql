{{ config(
    enabled='genesys' in var('sources') | string,
    materialized='incremental',
    incremental_strategy='replace_conversations',
    on_schema_change='fail'
) }}

with participants as (
    select * from {{ ref('int_genesys__new_participants') }}
),

segments as (
    select * from {{ ref('int_genesys__new_segments') }}
),

first_segments as (
    select
        conversation_id,
        participant_id,
        min(started_at) as first_segment_at
    from segments
    group by conversation_id, participant_id
),

-- In calls that agents place by hand the customer is `external`; beside a `customer`, an external
-- one is somebody whom the call was passed on to.
purposes as (
    select
        conversation_id,
        max(case when purpose = 'customer' then 1 else 0 end) as has_customer
    from participants
    group by conversation_id
),

roles as (
    select
        participants.conversation_id,
        participants.participant_id,
        participants.user_id,
        participants.purpose,
        coalesce(
            participants.purpose = 'customer'
            or (participants.purpose = 'external' and purposes.has_customer = 0),
            false
        ) as is_customer,
        coalesce(
            participants.purpose in ('agent', 'user') and participants.user_id is not null, false
        ) as is_agent,
        first_segments.first_segment_at,
        participants.campaign_id_text,
        participants.touch_sequence_text,
        participants.lead_source_text,
        participants.lead_id_text
    from participants
    inner join purposes
        on participants.conversation_id = purposes.conversation_id
    left join first_segments
        on
            participants.conversation_id = first_segments.conversation_id
            and participants.participant_id = first_segments.participant_id
)

select * from roles
