with shares as (
    select * from {{ ref('bridge_touch_agents') }}
),

credit_of_touches as (
    select * from {{ ref('int_touch_credits') }}
),

agents as (
    select * from {{ ref('dim_agents') }}
),

shared_out as (
    select
        credit_of_touches.attribution_model,
        shares.touch_id,
        shares.agent_id,
        credit_of_touches.credit * shares.share as credit,
        {{ value_of_share('credit_of_touches.attributed_value', 'shares.share',
            'shares.touch_id, credit_of_touches.attribution_model', 'shares.agent_id') }}
            as attributed_value
    from credit_of_touches
    inner join shares on credit_of_touches.touch_id = shares.touch_id
),

by_agent as (
    select
        shared_out.attribution_model,
        shared_out.agent_id,
        agents.agent_name,
        count(distinct shared_out.touch_id) as credited_touch_count,
        {{ exact_sum('shared_out.credit') }} as credit,
        cast(sum(shared_out.attributed_value) as decimal(18, 2)) as attributed_value
    from shared_out
    left join agents on shared_out.agent_id = agents.agent_id
    group by shared_out.attribution_model, shared_out.agent_id, agents.agent_name
)

select * from by_agent
