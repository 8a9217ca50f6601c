with named_ids as (
    select agent_id from {{ ref('bridge_touch_agents') }}
    union distinct
    select agent_id from {{ ref('int_touches') }}
    {% if 'genesys' in settings().sources %}
        union distinct
        select user_id as agent_id from {{ ref('stg_genesys__users') }}
    {% endif %}
),

users as (
    {% if 'genesys' in settings().sources %}
        select
            user_id as agent_id,
            user_name as agent_name
        from {{ ref('stg_genesys__users') }}
    {% else %}
        {{ empty_rows({'agent_id': 'varchar', 'agent_name': 'varchar'}) }}
    {% endif %}
),

agents as (
    select
        named_ids.agent_id,
        coalesce(users.agent_name, named_ids.agent_id) as agent_name,
        users.agent_id is not null as is_known
    from named_ids
    left join users on named_ids.agent_id = users.agent_id
    where named_ids.agent_id is not null
)

select * from agents
