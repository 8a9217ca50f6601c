{{ config(enabled='genesys' in var('sources') | string) }}

with conversations as (
    select * from {{ ref('int_genesys__conversations') }}
),

participants as (
    select * from {{ ref('int_genesys__participants') }}
),

sessions as (
    select * from {{ ref('int_genesys__sessions') }}
),

segments as (
    select * from {{ ref('int_genesys__segments') }}
),

dispositions as (
    select * from {{ ref('int_genesys__touch_dispositions') }}
),

talks as (
    select
        segments.conversation_id,
        max(case when participants.is_agent then 1 else 0 end) as agent_talked,
        max(case when participants.is_customer then 1 else 0 end) as customer_talked
    from segments
    inner join participants
        on
            segments.conversation_id = participants.conversation_id
            and segments.participant_id = participants.participant_id
    where segments.segment_type = 'interact'
    group by segments.conversation_id
),

session_facts as (
    select
        conversation_id,
        max(case when flow_id is not null then 1 else 0 end) as has_flow,
        max(
            case when delivery_status in ('failed', 'deliveryfailed') then 1 else 0 end
        ) as delivery_failed
    from sessions
    group by conversation_id
),

answers as (
    select
        conversations.conversation_id as touch_id,
        case
            when conversations.channel in ('sms', 'message', 'email')
                then coalesce(session_facts.delivery_failed, 0) = 0
            else
                coalesce(dispositions.is_contact, true)
                and (
                    coalesce(talks.agent_talked, 0) = 1
                    or (
                        coalesce(session_facts.has_flow, 0) = 1
                        and coalesce(talks.customer_talked, 0) = 1
                    )
                )
        end as is_connected
    from conversations
    left join talks
        on conversations.conversation_id = talks.conversation_id
    left join session_facts
        on conversations.conversation_id = session_facts.conversation_id
    left join dispositions
        on conversations.conversation_id = dispositions.conversation_id
    where conversations.is_touch
)

select * from answers
