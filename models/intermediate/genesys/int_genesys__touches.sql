{{ config(enabled='genesys' in var('sources') | string) }}

with conversations as (
    select * from {{ ref('int_genesys__conversations') }}
),

attributes as (
    select * from {{ ref('int_genesys__touch_attributes') }}
),

answers as (
    select * from {{ ref('int_genesys__touch_answers') }}
),

dispositions as (
    select * from {{ ref('int_genesys__touch_dispositions') }}
),

sessions as (
    select * from {{ ref('int_genesys__sessions') }}
),

segments as (
    select * from {{ ref('int_genesys__segments') }}
),

touch_agents as (
    select * from {{ ref('int_genesys__touch_agents') }}
),

touch_ivr_nodes as (
    select * from {{ ref('int_genesys__touch_ivr_nodes') }}
),

last_queues as (
    select
        conversation_id,
        queue_id
    from segments
    where queue_id is not null
    qualify row_number() over (
            partition by conversation_id
            order by started_at desc nulls last, ended_at desc nulls last, queue_id desc
        ) = 1
),

dialer_campaigns as (
    select
        conversation_id,
        outbound_campaign_id
    from sessions
    where outbound_campaign_id is not null
    qualify row_number() over (
            partition by conversation_id
            order by is_customer desc, first_segment_at asc nulls last, session_id asc
        ) = 1
),

main_agents as (
    select
        touch_id,
        nullif(agent_id, '(none)') as agent_id
    from touch_agents
    where agent_rank = 1
),

handle_times as (
    select
        touch_id,
        cast(floor(sum(handle_ms) / 1000) as bigint) as handle_seconds
    from touch_agents
    group by touch_id
),

last_nodes as (
    select
        touch_id,
        nullif(ivr_node_id, '(none)') as ivr_node_id
    from touch_ivr_nodes
    where recency_rank = 1
),

assembled as (
    select
        -- ids
        conversations.conversation_id as touch_id,
        attributes.lead_id,
        conversations.phone_key,
        conversations.email_key,
        coalesce(attributes.campaign_id, '(untagged)') as campaign_id,
        main_agents.agent_id,
        last_queues.queue_id,
        last_nodes.ivr_node_id,
        dispositions.disposition_code,
        dialer_campaigns.outbound_campaign_id,
        -- facts
        conversations.channel,
        attributes.touch_sequence,
        attributes.lead_source,
        answers.is_connected,
        handle_times.handle_seconds,
        cast(null as decimal(18, 4)) as cost,
        -- timestamps
        conversations.started_at,
        cast(null as date) as started_on,
        conversations.ended_at,
        cast(null as date) as ended_on,
        -- what the findings say
        attributes.campaign_found_on,
        coalesce(attributes.participants_disagree, false) as participants_disagree,
        attributes.disagreeing_attributes,
        attributes.touch_sequence_text,
        coalesce(attributes.touch_sequence_found, false) as touch_sequence_found,
        coalesce(attributes.lead_id_was_trimmed, false) as lead_id_was_trimmed,
        conversations.phone_is_unparsable,
        conversations.is_provisional
    from conversations
    left join attributes
        on conversations.conversation_id = attributes.conversation_id
    left join answers
        on conversations.conversation_id = answers.touch_id
    left join dispositions
        on conversations.conversation_id = dispositions.conversation_id
    left join main_agents
        on conversations.conversation_id = main_agents.touch_id
    left join handle_times
        on conversations.conversation_id = handle_times.touch_id
    left join last_queues
        on conversations.conversation_id = last_queues.conversation_id
    left join last_nodes
        on conversations.conversation_id = last_nodes.touch_id
    left join dialer_campaigns
        on conversations.conversation_id = dialer_campaigns.conversation_id
    where conversations.is_touch
)

select * from assembled
