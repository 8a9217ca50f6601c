{{ config(enabled='genesys' in var('sources')) }}

with conversations as (
    select * from {{ ref('stg_genesys__conversations') }}
),

sessions as (
    select * from {{ ref('int_genesys__sessions') }}
),

attributes as (
    select * from {{ ref('int_genesys__attributes') }}
),

callbacks as (
    select distinct conversation_id
    from sessions
    where media_type = 'callback'
),

campaigns as (
    select conversation_id
    from attributes
    where attribute = 'campaign_id'
    union
    select conversation_id
    from sessions
    where outbound_campaign_id is not null
),

-- The customer's first session says what kind of conversation it was; sessions that only show a screen say nothing.
media as (
    select
        conversation_id,
        media_type,
        message_type
    from sessions
    where media_type in ('voice', 'message', 'sms', 'email', 'chat')
    qualify row_number() over (
        partition by conversation_id
        order by
            case when is_customer then 0 else 1 end,
            first_segment_at nulls last,
            session_id
    ) = 1
),

classified as (
    select
        conversations.conversation_id,
        conversations.started_at,
        conversations.ended_at,
        case
            when callbacks.conversation_id is not null then 'callback'
            when media.media_type = 'sms' or media.message_type = 'sms' then 'sms'
            when media.message_type = 'email' then 'email'
            when media.media_type in ('message', 'email', 'chat') then media.media_type
            when conversations.originating_direction = 'outbound' then 'outbound_call'
            else 'inbound_call'
        end as channel,
        coalesce(conversations.originating_direction = 'outbound', false)
        or callbacks.conversation_id is not null
        or campaigns.conversation_id is not null as is_outreach
    from conversations
    left join callbacks
        on conversations.conversation_id = callbacks.conversation_id
    left join campaigns
        on conversations.conversation_id = campaigns.conversation_id
    left join media
        on conversations.conversation_id = media.conversation_id
),

judged as (
    select
        conversation_id,
        channel,
        started_at,
        ended_at,
        is_outreach and ended_at is not null as is_touch,
        case
            when not is_outreach then 'inbound_not_a_touch'
            when ended_at is null then 'open_conversation'
        end as skip_reason
    from classified
)

select * from judged
