{%- set changes_only = not builds_everything() -%}
{%- set cut = settings().journey_starts_after_previous_conversion %}

-- depends_on: {{ ref('int_changed_journeys') }}
with conversions as (
    select * from {{ ref('int_conversions') }}
    where
        not is_deleted_lead
    {% if changes_only %}
            and person_id in (select person_id from {{ ref('int_changed_journeys') }})
        {% endif %}
),

touches as (
    select * from {{ ref('int_touches') }}
    where
        {{ 'is_connected' if settings().connected_touches_only else '1 = 1' }}
    {% if changes_only %}
            and person_id in (select person_id from {{ ref('int_changed_journeys') }})
        {% endif %}
),

channel_weights as (
    select * from {{ ref('int_channel_weights') }}
),

-- The conversion of the same person before each one, and the one before it of the same type.
in_order as (
    select
        *,
        row_number() over (order by person_id asc, conversion_id asc) as conversion_number,
        lag(compared_at) over (
            partition by person_id
            order by compared_at asc, converted_at asc, conversion_id asc
        ) as previous_compared_at
    {%- if cut %},
            lag(compared_at) over (
                partition by person_id, conversion_type
                order by compared_at asc, converted_at asc, conversion_id asc
            ) as previous_of_type_compared_at
        {%- endif %}
    from conversions
),

concerned as (
    select in_order.*
    from in_order
    {% if changes_only %}
        inner join {{ ref('int_changed_journeys') }} as changed
            on
                in_order.person_id = changed.person_id
                and in_order.converted_at >= changed.changed_from
    {% endif %}
),

-- Strictly before the conversion and inside the lookback, both cut to timestamp_granularity.
qualifying as (
    select
        conversions.conversion_number,
        conversions.conversion_id,
        touches.touch_id,
        touches.source,
        conversions.person_key,
        conversions.converted_at,
        touches.touched_at,
        touches.campaign_id,
        touches.channel,
        touches.touch_sequence,
        touches.agent_id,
        touches.ivr_node_id,
        touches.disposition_code,
        conversions.lead_created_at,
        conversions.conversion_value_reporting,
        {{ seconds_between('touches.compared_at', 'conversions.compared_at') }}
            as seconds_to_conversion,
        coalesce(conversions.previous_compared_at <= touches.compared_at, true)
            as is_first_conversion_of_touch
    from concerned as conversions
    inner join touches
        on
            conversions.person_id = touches.person_id
            and conversions.compared_at > touches.compared_at
            and {{ seconds_between('touches.compared_at', 'conversions.compared_at') }}
            <= {{ settings().lookback_window_days }} * 86400
    {%- if cut %}
                and coalesce(conversions.previous_of_type_compared_at <= touches.compared_at, true)
            {%- endif %}
),

with_weight as (
    select
        qualifying.*,
        coalesce(channel_weights.weight, 1) as channel_weight
    from qualifying
    left join channel_weights on qualifying.channel = channel_weights.channel
),

weighted as (
    select
        *,
        {{ decay_log('seconds_to_conversion') }}
        + ln(case when channel_weight > 0 then channel_weight end) as weighted_log
    from with_weight
),

-- A number for a conversion and windows of one order: a journey is sorted once.
ordered as (
    select
        *,
        row_number() over (
            partition by conversion_number order by touched_at asc, touch_id asc
        ) as position,
        count(*) over (partition by conversion_number) as journey_length,
        min(seconds_to_conversion) over (partition by conversion_number) as nearest_seconds,
        max(weighted_log) over (partition by conversion_number) as largest_weighted_log,
        greatest(
            sum(case when touched_at <= lead_created_at then 1 else 0 end)
                over (partition by conversion_number),
            1
        ) as lead_creation_position
    from weighted
)

select * from ordered
