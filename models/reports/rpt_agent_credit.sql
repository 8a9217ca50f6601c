with credits as (
    {{ credit_by_member('agent_id', shares='int_genesys__touch_agents') }}
),

agents as (
    select * from {{ ref('dim_agents') }}
),

with_name as (
    select
        credits.attribution_model,
        credits.agent_id,
        agents.agent_name,
        credits.credited_touch_count,
        credits.credit,
        credits.attributed_value
    from credits
    left join agents on credits.agent_id = agents.agent_id
)

select * from with_name
