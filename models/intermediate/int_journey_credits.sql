{{ config(materialized='view') }}

-- Grouped and joined: windows would sort whole rows.
with totals as (
    select
        conversion_number,
        {{ exact_sum('decay_term') }} as decay_term_total,
        {{ exact_sum('weighted_decay_term') }} as weighted_decay_term_total,
        max(weighted_decay_term) as largest_weighted_decay_term
    from ({{ journey_terms() }}) as terms
    group by conversion_number
),

with_totals as (
    select
        terms.*,
        totals.decay_term_total,
        totals.weighted_decay_term_total,
        totals.largest_weighted_decay_term
    from ({{ journey_terms() }}) as terms
    inner join totals on terms.conversion_number = totals.conversion_number
),

credits as (
    select
        conversion_number,
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
        seconds_to_conversion,
        channel_weight,
        lead_creation_position,
        has_lead_creation,
        cents,
        value_sign,
    {% for model in attribution_models() %}
        cast({{ credit_of(model) }} as double) as {{ model }}_credit
        {{- ',' if not loop.last }}
    {% endfor %}
    from with_totals
)

select * from credits
