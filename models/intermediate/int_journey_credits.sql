{{ config(materialized='view') }}

with journeys as (
    select * from {{ ref('int_journeys') }}
),

-- Relative to the nearest touch, so that no exponent is large where it matters.
log_terms as (
    select
        *,
        {{ decay_log('(seconds_to_conversion - nearest_seconds)') }} as log_term,
        case
            when largest_weight = 0
                then {{ decay_log('(seconds_to_conversion - nearest_seconds)') }}
            when channel_weight > 0
                then
                    ln(case when channel_weight > 0 then channel_weight end)
                    + {{ decay_log('(seconds_to_conversion - nearest_seconds)') }}
        end as weighted_log_term
    from journeys
),

terms as (
    select
        *,
        {{ decay_term('log_term') }} as decay_term,
        {{ decay_term('weighted_log_term') }} as weighted_decay_term,
        coalesce(
            max(case when touched_at <= lead_created_at then position end)
                over (partition by conversion_id),
            1
        ) as lead_creation_position
    from log_terms
),

winners as (
    select
        *,
        {{ winning_position() }} as winning_position
    from terms
),

credits as (
    select
        conversion_id,
        touch_id,
        source,
        person_key,
        converted_at,
        touched_at,
        campaign_id,
        channel,
        touch_sequence,
        agent_id,
        ivr_node_id,
        disposition_code,
        is_first_conversion_of_touch,
        position,
        journey_length,
        seconds_to_conversion / cast(3600 as double) as hours_to_conversion,
        channel_weight,
        conversion_value_reporting,
    {% for model in attribution_models() %}
        cast({{ credit_of(model) }} as double) as {{ model }}_credit
        {{- ',' if not loop.last }}
    {% endfor %}
    from winners
)

select * from credits
