with touches as (
    {% for source in settings().sources %}
        select
            '{{ source }}' as source,
            {{ loop.index }} as source_rank,
            touch_id,
            lead_id,
            phone_key,
            email_key,
            campaign_id,
            touch_sequence,
            channel,
            started_at,
            started_on,
            ended_at,
            ended_on,
            is_connected,
            agent_id,
            queue_id,
            ivr_node_id,
            disposition_code,
            lead_source,
            handle_seconds,
            cost
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
