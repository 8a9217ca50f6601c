{{ config(enabled='genesys' in var('sources') | string) }}

with conversations as (
    select * from {{ ref('int_genesys__conversations') }}
),

participants as (
    select * from {{ ref('int_genesys__participants') }}
),

segments as (
    select * from {{ ref('int_genesys__segments') }}
),

touches as (
    select conversation_id as touch_id
    from conversations
    where is_touch
),

agent_segments as (
    select
        segments.conversation_id as touch_id,
        participants.user_id as agent_id,
        segments.segment_type,
        segments.started_at,
        segments.ended_at,
        segments.duration_ms,
        max(segments.ended_at) over (
            partition by segments.conversation_id, participants.user_id
            order by
                segments.started_at asc nulls last,
                case segments.segment_type when 'interact' then 1 when 'hold' then 2 else 3 end asc,
                segments.ended_at asc nulls last
            rows between unbounded preceding and 1 preceding
        ) as busy_until
    from segments
    inner join participants
        on
            segments.conversation_id = participants.conversation_id
            and segments.participant_id = participants.participant_id
    where
        participants.is_agent
        and segments.segment_type in ('interact', 'hold', 'wrapup')
),

-- An agent may have two sessions at once: the callback and its call, the customer on hold and a
-- colleague. No second of an agent counts twice; what began first has it.
own_times as (
    select
        *,
        case
            when busy_until is null or busy_until <= started_at then duration_ms
            when busy_until >= ended_at then 0
            else {{ dbt.datediff('busy_until', 'ended_at', 'millisecond') }}
        end as own_ms
    from agent_segments
),

agent_times as (
    select
        touch_id,
        agent_id,
        cast(sum(case when segment_type = 'interact' then own_ms else 0 end) as bigint) as talk_ms,
        cast(sum(case when segment_type = 'hold' then own_ms else 0 end) as bigint) as hold_ms,
        cast(sum(case when segment_type = 'wrapup' then own_ms else 0 end) as bigint) as wrapup_ms,
        coalesce(
            max(case when segment_type != 'wrapup' then ended_at end), max(ended_at)
        ) as last_active_at,
        max(started_at) as last_segment_at
    from own_times
    group by touch_id, agent_id
),

totals as (
    select
        touch_id,
        sum(talk_ms + hold_ms) as total_ms,
        count(*) as agents
    from agent_times
    group by touch_id
),

shares as (
    select
        agent_times.touch_id,
        agent_times.agent_id,
        case
            when totals.total_ms = 0 then 1 / cast(totals.agents as double)
            else
                cast(agent_times.talk_ms + agent_times.hold_ms as double)
                / cast(totals.total_ms as double)
        end as share,
        agent_times.talk_ms,
        agent_times.hold_ms,
        agent_times.wrapup_ms,
        row_number() over (
            partition by agent_times.touch_id
            order by
                agent_times.talk_ms + agent_times.hold_ms desc,
                agent_times.last_active_at desc nulls last,
                agent_times.last_segment_at desc nulls last,
                agent_times.agent_id desc
        ) as agent_rank
    from agent_times
    inner join totals
        on agent_times.touch_id = totals.touch_id
),

with_none as (
    select
        touches.touch_id,
        coalesce(shares.agent_id, '(none)') as agent_id,
        coalesce(shares.share, cast(1 as double)) as share,
        coalesce(shares.talk_ms, 0) / cast(1000 as double) as talk_seconds,
        coalesce(shares.hold_ms, 0) / cast(1000 as double) as hold_seconds,
        cast(
            coalesce(shares.talk_ms + shares.hold_ms + shares.wrapup_ms, 0) as bigint
        ) as handle_ms,
        cast(coalesce(shares.agent_rank, 1) as integer) as agent_rank
    from touches
    left join shares
        on touches.touch_id = shares.touch_id
)

select * from with_none
