with conversions as (
    select * from {{ ref('int_conversions') }}
    where not is_deleted_lead
),

touches as (
    select * from {{ ref('int_touches') }}
    {% if settings().connected_touches_only %}
        where is_connected
    {% endif %}
),

channel_weights as (
    select * from {{ ref('int_channel_weights') }}
),

-- Strictly before the conversion and inside the lookback, both cut to timestamp_granularity.
qualifying as (
    select
        conversions.conversion_id,
        touches.touch_id,
        conversions.person_key,
        conversions.converted_at,
        touches.touched_at,
        touches.campaign_id,
        touches.channel,
        touches.touch_sequence,
        conversions.lead_created_at,
        conversions.conversion_value_reporting,
        {{ seconds_between('touches.compared_at', 'conversions.compared_at') }}
            as seconds_to_conversion
    from conversions
    inner join touches
        on
            conversions.person_key = touches.person_key
            and conversions.compared_at > touches.compared_at
            and {{ seconds_between('touches.compared_at', 'conversions.compared_at') }}
            <= {{ settings().lookback_window_days }} * 86400
),

with_weight as (
    select
        qualifying.*,
        coalesce(channel_weights.weight, 1) as channel_weight
    from qualifying
    left join channel_weights on qualifying.channel = channel_weights.channel
),

ordered as (
    select
        *,
        row_number() over (
            partition by conversion_id order by touched_at asc, touch_id asc
        ) as position,
        count(*) over (partition by conversion_id) as journey_length,
        min(seconds_to_conversion) over (partition by conversion_id) as nearest_seconds,
        max(channel_weight) over (partition by conversion_id) as largest_weight
    from with_weight
)

select * from ordered
