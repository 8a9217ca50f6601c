{{ config(
    materialized='incremental',
    incremental_strategy='replace_journeys',
    on_schema_change='fail'
) }}
{%- do changed_people_only() -%}
{%- set to_one_touch = ['first_touch', 'last_touch', 'single_win'] -%}
{%- set by_role = {'position_based': '1', 'w_shaped': 'lead_creation_position'} -%}
{%- set others = to_one_touch + ['linear'] + (by_role.keys() | list) -%}
{%- set by_share = attribution_models() | reject('in', others) | list %}

-- depends_on: {{ ref('int_changed_journeys') }}
-- depends_on: {{ ref('int_replaced_credit') }}
with journeys as (
    select * from {{ ref('int_journeys') }}
),

credits as (
    select * from {{ ref('int_journey_credits') }}
),

-- Money is handed out in whole cents, of the amount without its sign.
in_cents as (
    select
        *,
        cast(abs(conversion_value_reporting) * 100 as bigint) as cents,
        case when conversion_value_reporting < 0 then -1 else 1 end as value_sign
    from credits
),

wholes as (
    select
        *,
        {% for model in by_role %}
            {{ role_shares(model) }},
        {% endfor %}
    {% for model in by_share %}
        {{ whole_cents(model ~ '_credit') }} as {{ model }}_whole
        {{- ',' if not loop.last }}
    {% endfor %}
    from in_cents
),

rests as (
    select
        *,
        {% for model in by_role %}
            {{ role_rests(model) }},
        {% endfor %}
    {% for model in by_share %}
        {{ rest_of_cents(model ~ '_credit', model ~ '_whole') }} as {{ model }}_rest
        {{- ',' if not loop.last }}
    {% endfor %}
    from wholes
),

whole_cents as (
    select
        conversion_number,
        position,
        value_sign,
        {% for model in attribution_models() %}
            {{ model }}_credit,
        {% endfor %}
        {% for model in to_one_touch %}
            {{ cents_of_winner(model ~ '_credit') }} as {{ model }}_cents,
        {% endfor %}
        {{ cents_of_even_share() }} as linear_cents,
        {% for model, creation in by_role.items() %}
            {{ cents_of_role(model, creation) }} as {{ model }}_cents,
        {% endfor %}
    {% for model in by_share %}
        {{ cents_of_share(model ~ '_whole', model ~ '_rest') }} as {{ model }}_cents
        {{- ',' if not loop.last }}
    {% endfor %}
    from rests
),

with_values as (
    select
        journeys.conversion_id,
        journeys.touch_id,
        journeys.source,
        journeys.person_key,
        journeys.converted_at,
        journeys.touched_at,
        journeys.campaign_id,
        journeys.channel,
        journeys.touch_sequence,
        journeys.agent_id,
        journeys.ivr_node_id,
        journeys.disposition_code,
        journeys.is_first_conversion_of_touch,
        cast(journeys.position as integer) as position,
        cast(journeys.journey_length as integer) as journey_length,
        journeys.seconds_to_conversion / cast(3600 as double) as hours_to_conversion,
        journeys.channel_weight,
    {% for model in attribution_models() %}
        whole_cents.{{ model }}_credit,
        {{ money_of_cents('whole_cents.' ~ model ~ '_cents * whole_cents.value_sign') }}
            as {{ model }}_value
        {{- ',' if not loop.last }}
    {% endfor %}
    from journeys
    inner join whole_cents
        on
            journeys.conversion_number = whole_cents.conversion_number
            and journeys.position = whole_cents.position
)

select * from with_values
