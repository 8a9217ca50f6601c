{{ config(enabled='genesys' in var('sources') | string) }}

with conversations as (
    select * from {{ ref('stg_genesys__conversations') }}
),

sessions as (
    select * from {{ ref('int_genesys__sessions') }}
),

attributes as (
    select * from {{ ref('int_genesys__attributes') }}
),

contacts as (
    select * from {{ ref('stg_genesys__contacts') }}
),

callbacks as (
    select
        conversation_id,
        max(callback_scheduled_at) as scheduled_at
    from sessions
    where media_type = 'callback'
    group by conversation_id
),

campaigns as (
    select conversation_id
    from attributes
    where attribute = 'campaign_id'
    union distinct
    select conversation_id
    from sessions
    where outbound_campaign_id is not null
),

-- The customer's first session says what kind of conversation it was; one that only shows a screen
-- says nothing.
media as (
    select
        conversation_id,
        media_type,
        message_type
    from sessions
    where media_type in ('voice', 'message', 'sms', 'email', 'chat')
    qualify row_number() over (
            partition by conversation_id
            order by is_customer desc, first_segment_at asc nulls last, session_id asc
        ) = 1
),

-- Where no session says what was dialled, the contact that the dialer had does.
contact_phones as (
    select
        sessions.conversation_id,
        contacts.phone,
        contacts.phone_e164
    from sessions
    inner join contacts
        on
            sessions.outbound_contact_id = contacts.contact_id
            and sessions.outbound_contact_list_id = contacts.contact_list_id
    where contacts.phone is not null
    qualify row_number() over (
            partition by sessions.conversation_id
            order by
                sessions.is_customer desc,
                sessions.first_segment_at asc nulls last,
                sessions.session_id asc
        ) = 1
),

classified as (
    select
        conversations.conversation_id,
        coalesce(conversations.customer_phone, contact_phones.phone) as customer_phone,
        case
            when conversations.customer_phone is null then contact_phones.phone_e164
            else conversations.customer_phone_e164
        end as customer_phone_e164,
        conversations.is_provisional,
        -- A callback waits until it is due, for days perhaps: nobody is touched meanwhile.
        case
            when callbacks.scheduled_at between conversations.started_at and conversations.ended_at
                then callbacks.scheduled_at
            else conversations.started_at
        end as started_at,
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
    left join contact_phones
        on conversations.conversation_id = contact_phones.conversation_id
),

-- The address of an e-mail or of a messenger is no phone, though digits in it may parse as one.
addressed as (
    select
        *,
        channel in ('outbound_call', 'inbound_call', 'callback', 'sms') as is_by_phone,
        channel in ('message', 'chat')
        and {{ regexp_full_match('customer_phone', '(tel:|sip:|sms:)?[^A-Za-z@]+(@.*)?') }}
            as is_like_a_phone
    from classified
),

judged as (
    select
        conversation_id,
        channel,
        case
            when is_by_phone or is_like_a_phone
                then {{ person_hash('phone', 'customer_phone_e164') }}
        end as phone_key,
        case
            when channel = 'email' and customer_phone like '%@%'
                then {{ person_hash('email', email_key_text('customer_phone')) }}
        end as email_key,
        is_by_phone and customer_phone is not null and customer_phone_e164 is null
            as phone_is_unparsable,
        started_at,
        ended_at,
        is_provisional,
        is_outreach and ended_at is not null as is_touch,
        case
            when not is_outreach then 'inbound_not_a_touch'
            when ended_at is null then 'open_conversation'
        end as skip_reason
    from addressed
)

select * from judged
