{{ config(enabled='genesys' in var('sources') | string) }}

with conversations as (
    select * from {{ ref('int_genesys__conversations') }}
),

sessions as (
    select * from {{ ref('int_genesys__sessions') }}
),

session_outcomes as (
    select * from {{ ref('int_genesys__flow_outcomes') }}
),

flow_outcomes as (
    select * from {{ ref('stg_genesys__flow_outcomes') }}
),

touches as (
    select conversation_id as touch_id
    from conversations
    where is_touch
),

nodes as (
    select
        conversation_id as touch_id,
        flow_id as ivr_node_id,
        max(first_segment_at) as last_entered_at,
        max(session_id) as last_session_id
    from sessions
    where flow_id is not null
    group by conversation_id, flow_id
),

named_outcomes as (
    select
        session_outcomes.conversation_id as touch_id,
        session_outcomes.flow_id as ivr_node_id,
        session_outcomes.session_id,
        session_outcomes.started_at,
        coalesce(session_outcomes.ended_at, session_outcomes.started_at) as settled_at,
        case
            when session_outcomes.flow_outcome_id is null then session_outcomes.flow_outcome
            else
                coalesce(flow_outcomes.flow_outcome_name, session_outcomes.flow_outcome_id)
                || coalesce(':' || session_outcomes.flow_outcome_value, '')
        end as outcome
    from session_outcomes
    left join flow_outcomes
        on session_outcomes.flow_outcome_id = flow_outcomes.flow_outcome_id
),

last_outcomes as (
    select
        touch_id,
        ivr_node_id,
        outcome
    from named_outcomes
    where outcome is not null
    qualify row_number() over (
            partition by touch_id, ivr_node_id
            order by
                settled_at desc nulls last, started_at desc nulls last, session_id desc, outcome asc
        ) = 1
),

shares as (
    select
        nodes.touch_id,
        nodes.ivr_node_id,
        last_outcomes.outcome,
        1 / cast(count(*) over (partition by nodes.touch_id) as double) as share,
        row_number() over (
            partition by nodes.touch_id
            order by
                nodes.last_entered_at desc nulls last,
                nodes.last_session_id desc,
                nodes.ivr_node_id desc
        ) as recency_rank
    from nodes
    left join last_outcomes
        on
            nodes.touch_id = last_outcomes.touch_id
            and nodes.ivr_node_id = last_outcomes.ivr_node_id
),

with_none as (
    select
        touches.touch_id,
        coalesce(shares.ivr_node_id, '(none)') as ivr_node_id,
        shares.outcome,
        coalesce(shares.share, cast(1 as double)) as share,
        cast(coalesce(shares.recency_rank, 1) as integer) as recency_rank
    from touches
    left join shares
        on touches.touch_id = shares.touch_id
)

select * from with_none
