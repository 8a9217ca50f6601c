-- Genesys has no e-mail address of a customer, no date-only touch and no cost of a single one.
with touches as (
    {% for source in settings().sources %}
        select
            '{{ source }}' as source,
            {{ loop.index }} as source_rank,
            touch_id,
            lead_id,
            phone_key,
            {{ 'cast(null as varchar)' if source == 'genesys' else 'email_key' }} as email_key,
            campaign_id,
            touch_sequence,
            channel,
            started_at,
            {{ 'cast(null as date)' if source == 'genesys' else 'started_on' }} as started_on,
            ended_at,
            {{ 'cast(null as date)' if source == 'genesys' else 'ended_on' }} as ended_on,
            is_connected,
            agent_id,
            queue_id,
            ivr_node_id,
            disposition_code,
            lead_source,
            cast(handle_seconds as bigint) as handle_seconds,
            {{ 'cast(null as decimal(18, 4))' if source == 'genesys' else 'cost' }} as cost
        from {{ ref('int_' ~ source ~ '__touches') }}
        {{ 'union all' if not loop.last }}
    {% endfor %}
),

-- An id that two sources name is one touch: the source that the var names first keeps it.
ranked as (
    select
        *,
        row_number() over (partition by touch_id order by source_rank asc) as id_rank
    from touches
)

select * from ranked
