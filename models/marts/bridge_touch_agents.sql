{{ config(materialized='view') }}

with touches as (
    select * from {{ ref('int_touches') }}
),

shares as (
    {% if 'genesys' in settings().sources %}
        select
            'genesys' as source,
            touch_id,
            agent_id,
            share
        from {{ ref('int_genesys__touch_agents') }}
    {% else %}
        {{ empty_rows({
            'source': 'varchar', 'touch_id': 'varchar', 'agent_id': 'varchar', 'share': 'double'
        }) }}
    {% endif %}
),

-- A source that names at most one agent gives it the whole touch.
one_share_at_least as (
    select
        touches.touch_id,
        coalesce(shares.agent_id, touches.agent_id, '(none)') as agent_id,
        coalesce(shares.share, cast(1 as double)) as share
    from touches
    left join shares
        on touches.touch_id = shares.touch_id and touches.source = shares.source
)

select * from one_share_at_least
