with named_ids as (
    select distinct queue_id from {{ ref('int_touches') }}
    {% if 'genesys' in settings().sources %}
        union distinct
        select queue_id from {{ ref('stg_genesys__queues') }}
    {% endif %}
),

known_queues as (
    {% if 'genesys' in settings().sources %}
        select
            queue_id,
            queue_name
        from {{ ref('stg_genesys__queues') }}
    {% else %}
        {{ empty_rows({'queue_id': 'varchar', 'queue_name': 'varchar'}) }}
    {% endif %}
),

queues as (
    select
        named_ids.queue_id,
        coalesce(known_queues.queue_name, named_ids.queue_id) as queue_name,
        known_queues.queue_id is not null as is_known
    from named_ids
    left join known_queues on named_ids.queue_id = known_queues.queue_id
    where named_ids.queue_id is not null
)

select * from queues
