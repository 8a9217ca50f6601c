{{ config(materialized='view') }}
{%- set elapsed = decay_log('(seconds_to_conversion - nearest_seconds)') -%}
{%- set largest_log = '(largest_weighted_log - (' ~ decay_log('nearest_seconds') ~ '))' %}

with journeys as (
    select
        *,
        lead_created_at is not null as has_lead_creation
    from {{ ref('int_journeys') }}
),

-- Relative to the nearest touch, so that no exponent is large where it matters. Where every weight
-- is 0 the weights say nothing.
terms as (
    select
        *,
        exp({{ elapsed }}) as decay_term,
        case
            when largest_weighted_log is null then exp({{ elapsed }})
            when channel_weight > 0
                then exp(
                        {{ elapsed }}
                        + ln(case when channel_weight > 0 then channel_weight end)
                        - {{ largest_log }}
                    )
            else 0
        end as weighted_decay_term
    from journeys
),

{% if settings().single_win_criterion == 'highest_weighted' %}

    ranked as (
        select
            *,
            max(weighted_decay_term) over (partition by conversion_number)
                as largest_weighted_decay_term
        from terms
    ),

{% else %}

    ranked as (
        select * from terms
    ),

{% endif %}

credits as (
    select
        conversion_number,
        conversion_id,
        touch_id,
        position,
        journey_length,
        lead_creation_position,
        has_lead_creation,
        conversion_value_reporting,
    {% for model in attribution_models() %}
        cast({{ credit_of(model) }} as double) as {{ model }}_credit
        {{- ',' if not loop.last }}
    {% endfor %}
    from ranked
)

select * from credits
