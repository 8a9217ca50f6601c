with named_ids as (
    select ivr_node_id from {{ ref('bridge_touch_ivr_nodes') }}
    union distinct
    select ivr_node_id from {{ ref('int_touches') }}
    {% if 'genesys' in settings().sources %}
        union distinct
        select flow_id as ivr_node_id from {{ ref('stg_genesys__flows') }}
    {% endif %}
),

flows as (
    {% if 'genesys' in settings().sources %}
        select
            flow_id as ivr_node_id,
            flow_name as ivr_node_name,
            flow_type
        from {{ ref('stg_genesys__flows') }}
    {% else %}
        {{ empty_rows({
            'ivr_node_id': 'varchar', 'ivr_node_name': 'varchar', 'flow_type': 'varchar'
        }) }}
    {% endif %}
),

ivr_nodes as (
    select
        named_ids.ivr_node_id,
        coalesce(flows.ivr_node_name, named_ids.ivr_node_id) as ivr_node_name,
        flows.flow_type,
        flows.ivr_node_id is not null as is_known
    from named_ids
    left join flows on named_ids.ivr_node_id = flows.ivr_node_id
    where named_ids.ivr_node_id is not null
)

select * from ivr_nodes
