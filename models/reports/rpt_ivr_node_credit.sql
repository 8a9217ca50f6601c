with credits as (
    {{ credit_by_member('ivr_node_id', shares='int_genesys__touch_ivr_nodes') }}
),

ivr_nodes as (
    select * from {{ ref('dim_ivr_nodes') }}
),

with_name as (
    select
        credits.attribution_model,
        credits.ivr_node_id,
        ivr_nodes.ivr_node_name,
        credits.credited_touch_count,
        credits.credit,
        credits.attributed_value
    from credits
    left join ivr_nodes on credits.ivr_node_id = ivr_nodes.ivr_node_id
)

select * from with_name
