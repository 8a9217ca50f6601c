{{ config(materialized='view') }}

with touches as (
    select * from {{ ref('int_touches') }}
),

shares as (
    {% if 'genesys' in settings().sources %}
        select
            'genesys' as source,
            touch_id,
            ivr_node_id,
            outcome,
            share
        from {{ ref('int_genesys__touch_ivr_nodes') }}
    {% else %}
        {{ empty_rows({
            'source': 'varchar',
            'touch_id': 'varchar',
            'ivr_node_id': 'varchar',
            'outcome': 'varchar',
            'share': 'double'
        }) }}
    {% endif %}
),

-- A source that names at most one node gives it the whole touch.
one_share_at_least as (
    select
        touches.touch_id,
        coalesce(shares.ivr_node_id, touches.ivr_node_id, '(none)') as ivr_node_id,
        shares.outcome,
        coalesce(shares.share, cast(1 as double)) as share
    from touches
    left join shares
        on touches.touch_id = shares.touch_id and touches.source = shares.source
)

select * from one_share_at_least
