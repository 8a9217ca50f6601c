{{ config(
    materialized='incremental',
    incremental_strategy='replace_people',
    on_schema_change='fail'
) }}
{%- do changed_people_only() %}

-- depends_on: {{ ref('int_changed_people') }}
with credits as (
    select * from {{ ref('int_journey_credits') }}
),

-- Money is handed out in whole cents, of the amount without its sign.
in_cents as (
    select
        *,
        cast(abs(conversion_value_reporting) * 100 as decimal(18, 0)) as cents,
        case when conversion_value_reporting < 0 then -1 else 1 end as value_sign
    from credits
),

exact_shares as (
    select
        *,
    {% for model in attribution_models() %}
        {{ cents_share(model ~ '_credit', 'cents') }} as {{ model }}_share
        {{- ',' if not loop.last }}
    {% endfor %}
    from in_cents
),

whole_cents as (
    select
        *,
    {% for model in attribution_models() %}
        {{ cents_of_share(model ~ '_share', model ~ '_credit', 'cents') }} as {{ model }}_cents
        {{- ',' if not loop.last }}
    {% endfor %}
    from exact_shares
),

with_values as (
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
        cast(position as integer) as position,
        cast(journey_length as integer) as journey_length,
        hours_to_conversion,
        channel_weight,
    {% for model in attribution_models() %}
        {{ model }}_credit,
        cast({{ model }}_cents * value_sign / 100 as decimal(18, 2)) as {{ model }}_value
        {{- ',' if not loop.last }}
    {% endfor %}
    from whole_cents
)

select * from with_values
