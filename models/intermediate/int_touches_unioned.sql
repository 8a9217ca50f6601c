{{ config(materialized='view') }}
{%- set sources = sources_of_touches() -%}
{%- set files_alone = sources == ['files'] and 'files' not in settings().raw_schemas %}
{#- Files alone are asked for by load, without int_changed_touch_ids: that there is a plan has to be said. #}
-- depends_on: {{ ref('int_build_plan') }}
-- depends_on: {{ ref('int_build_loads') }}

with touches as (
    {% for source in sources %}
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
    {% else %}
        {{ empty_rows({
            'source': 'varchar',
            'source_rank': 'integer',
            'touch_id': 'varchar',
            'lead_id': 'varchar',
            'phone_key': 'varchar',
            'email_key': 'varchar',
            'campaign_id': 'varchar',
            'touch_sequence': 'integer',
            'channel': 'varchar',
            'started_at': 'timestamp',
            'started_on': 'date',
            'ended_at': 'timestamp',
            'ended_on': 'date',
            'is_connected': 'boolean',
            'agent_id': 'varchar',
            'queue_id': 'varchar',
            'ivr_node_id': 'varchar',
            'disposition_code': 'varchar',
            'lead_source': 'varchar',
            'handle_seconds': 'bigint',
            'cost': 'decimal(18, 4)'
        }) }}
    {% endfor %}
),

-- An id that two sources name is one touch: the source that the var names first keeps it.
ranked as (
    select
        *,
        {% if sources | length > 1 %}
            row_number() over (partition by touch_id order by source_rank asc) as id_rank
        {% else %}
            1 as id_rank
        {% endif %}
    from touches
)

select * from ranked
