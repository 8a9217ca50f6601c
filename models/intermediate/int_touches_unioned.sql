{{ config(materialized='view') }}
{%- set files_alone = settings().sources == ['files'] %}

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
        {% if files_alone and not builds_everything() %}
            where load_id in ({{ loads_to_build('touches') }})
        {% elif not builds_everything() %}
            where
                touch_id in (
                    select changed.touch_id
                    from {{ ref('int_changed_touch_ids') }} as changed
                )
        {% endif %}
        {{ 'union all' if not loop.last }}
    {% endfor %}
),

-- An id that two sources name is one touch: the source that the var names first keeps it.
ranked as (
    select
        *,
        {% if settings().sources | length > 1 %}
            row_number() over (partition by touch_id order by source_rank asc) as id_rank
        {% else %}
            1 as id_rank
        {% endif %}
    from touches
)

select * from ranked
