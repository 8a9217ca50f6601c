{{ config(enabled='genesys' in var('sources')) }}

{%- set names = settings().genesys_attributes -%}
{%- set attributes = ['campaign_id', 'touch_sequence', 'lead_source', 'lead_id'] %}

with conversations as (
    select * from {{ ref('int_genesys__conversations') }}
),

phones as (
    select * from {{ ref('stg_genesys__conversations') }}
),

found_attributes as (
    select * from {{ ref('int_genesys__attributes') }}
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

dispositions as (
    select * from {{ ref('int_genesys__touch_dispositions') }}
),

answers as (
    select * from {{ ref('int_genesys__touch_answers') }}
),

touches as (
    select
        conversations.conversation_id as touch_id,
        conversations.channel,
        conversations.started_at,
        conversations.ended_at,
        {{ person_hash('phone', 'phones.customer_phone_e164') }} as phone_key,
        -- An address of e-mail or chat is no phone that failed.
        phones.customer_phone is not null
        and phones.customer_phone_e164 is null
        and conversations.channel in ('outbound_call', 'inbound_call', 'callback', 'sms')
            as phone_is_unparsable
    from conversations
    inner join phones
        on conversations.conversation_id = phones.conversation_id
    where conversations.is_touch
),

attributes_by_touch as (
    select
        conversation_id as touch_id,
        {% for attribute in attributes -%}
        max(case when attribute = '{{ attribute }}' then attribute_value end) as {{ attribute }},
        {% endfor -%}
        max(case when attribute = 'campaign_id' then found_on end) as campaign_found_on,
        max(case when participants_disagree then 1 else 0 end) = 1 as participants_disagree,
        nullif(
            {% for attribute in attributes -%}
            max(
                case
                    when attribute = '{{ attribute }}' and participants_disagree
                        then ', {{ names[loop.index0] | replace("'", "''") }}'
                    else ''
                end
            )
            {{ '||' if not loop.last }}
            {% endfor -%},
            ''
        ) as disagreeing_list,
        max(
            case when attribute = 'lead_id' and was_trimmed then 1 else 0 end
        ) = 1 as lead_id_was_trimmed
    from found_attributes
    group by conversation_id
),

numbered as (
    select
        *,
        case
            when {{ regexp_full_match('touch_sequence', '[+-]?[0-9]+') }}
                then try_cast(touch_sequence as integer)
        end as sequence_number
    from attributes_by_touch
),

last_queues as (
    select
        conversation_id as touch_id,
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
        conversation_id as touch_id,
        outbound_campaign_id
    from sessions
    where outbound_campaign_id is not null
    qualify row_number() over (
        partition by conversation_id
        order by
            case when is_customer then 0 else 1 end,
            first_segment_at nulls last,
            session_id
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
        cast(floor(sum(handle_ms) / 1000) as integer) as handle_seconds
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
        touches.touch_id,
        numbered.lead_id,
        touches.phone_key,
        touches.phone_is_unparsable,
        coalesce(numbered.campaign_id, '(untagged)') as campaign_id,
        numbered.campaign_found_on,
        coalesce(numbered.participants_disagree, false) as participants_disagree,
        substr(numbered.disagreeing_list, 3) as disagreeing_attributes,
        numbered.sequence_number as touch_sequence,
        case
            when numbered.sequence_number is null then numbered.touch_sequence
        end as touch_sequence_text,
        numbered.touch_sequence is not null as touch_sequence_found,
        numbered.lead_source,
        coalesce(numbered.lead_id_was_trimmed, false) as lead_id_was_trimmed,
        touches.channel,
        touches.started_at,
        touches.ended_at,
        answers.is_connected,
        main_agents.agent_id,
        last_queues.queue_id,
        last_nodes.ivr_node_id,
        dispositions.disposition_code,
        handle_times.handle_seconds,
        dialer_campaigns.outbound_campaign_id
    from touches
    left join numbered
        on touches.touch_id = numbered.touch_id
    left join answers
        on touches.touch_id = answers.touch_id
    left join main_agents
        on touches.touch_id = main_agents.touch_id
    left join handle_times
        on touches.touch_id = handle_times.touch_id
    left join last_queues
        on touches.touch_id = last_queues.touch_id
    left join last_nodes
        on touches.touch_id = last_nodes.touch_id
    left join dispositions
        on touches.touch_id = dispositions.conversation_id
    left join dialer_campaigns
        on touches.touch_id = dialer_campaigns.touch_id
)

select * from assembled
