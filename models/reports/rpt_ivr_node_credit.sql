with shares as (
    select * from {{ ref('bridge_touch_ivr_nodes') }}
),

credit_of_touches as (
    select * from {{ ref('int_touch_credits') }}
),

ivr_nodes as (
    select * from {{ ref('dim_ivr_nodes') }}
),

shared_out as (
    select
        credit_of_touches.attribution_model,
        shares.touch_id,
        shares.ivr_node_id,
        credit_of_touches.credit * shares.share as credit,
        {{ value_of_share('credit_of_touches.attributed_value', 'shares.share',
            'shares.touch_id, credit_of_touches.attribution_model', 'shares.ivr_node_id') }}
            as attributed_value
    from credit_of_touches
    inner join shares on credit_of_touches.touch_id = shares.touch_id
),

by_ivr_node as (
    select
        shared_out.attribution_model,
        shared_out.ivr_node_id,
        ivr_nodes.ivr_node_name,
        count(distinct shared_out.touch_id) as credited_touch_count,
        {{ exact_sum('shared_out.credit') }} as credit,
        cast(sum(shared_out.attributed_value) as decimal(18, 2)) as attributed_value
    from shared_out
    left join ivr_nodes on shared_out.ivr_node_id = ivr_nodes.ivr_node_id
    group by shared_out.attribution_model, shared_out.ivr_node_id, ivr_nodes.ivr_node_name
)

select * from by_ivr_node
