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
-- Money is handed out in whole cents, of the amount without its sign. By role it is worked out once
-- for a conversion, for which its first touch stands.
with conversions as (
    select * from ({{ journey_terms() }}) as terms
    where position = 1
),

{% for model, creation in by_role.items() %}
    {{ model }}_cents as (
        {{ role_cents(model, 'conversions', creation) }}
    ),

{% endfor %}
-- By share it takes the order of the touches' rests: few columns, since they are sorted.
rests as (
    select
        conversion_number,
        position,
        cents,
    {% for model in by_share %}
        {{ model }}_whole,
        {{ model }}_rest
        {{- ',' if not loop.last }}
    {% endfor %}
    from ({{ with_rests(ref('int_journey_credits'), by_share) }}) as credits
),

left_over as (
    select
        conversion_number,
    {% for model in by_share %}
        max(cents) - cast(sum({{ model }}_whole) as bigint) as {{ model }}_left_over,
        count(case when {{ model }}_rest >= 0 then 1 end) as {{ model }}_receivers
        {{- ',' if not loop.last }}
    {% endfor %}
    from rests
    group by conversion_number
),

to_everyone as (
    select
        *,
    {% for model in by_share %}
        {{ cents_to_everyone(model) }} as {{ model }}_cents_to_everyone
        {{- ',' if not loop.last }}
    {% endfor %}
    from left_over
),

of_shares as (
    select
        *,
    {% for model in by_share %}
        {{ model }}_left_over - {{ model }}_receivers * {{ model }}_cents_to_everyone
            as {{ model }}_with_more
        {{- ',' if not loop.last }}
    {% endfor %}
    from to_everyone
),

{% for model in by_share %}
    {{ model }}_cut as (
        {{ cut_of_rests(model, 'rests', 'of_shares') }}
    ),

{% endfor %}
of_conversions as (
    select
        of_shares.*,
        {% for model in by_role %}
            {% for role, _ in touch_roles() %}
                {{ model }}_cents.{{ model }}_{{ role }}_cents,
            {% endfor %}
            {{ model }}_cents.{{ model }}_last_with_more,
        {% endfor %}
    {% for model in by_share %}
        {{ model }}_cut.{{ model }}_last_rest,
        {{ model }}_cut.{{ model }}_last_position
        {{- ',' if not loop.last }}
    {% endfor %}
    from of_shares
    {% for model in by_role %}
        inner join {{ model }}_cents
            on of_shares.conversion_number = {{ model }}_cents.conversion_number
    {% endfor %}
    {% for model in by_share %}
        left join {{ model }}_cut
            on of_shares.conversion_number = {{ model }}_cut.conversion_number
    {% endfor %}
),

whole_cents as (
    select
        credits.*,
        {% for model in to_one_touch %}
            {{ cents_of_winner(model ~ '_credit') }} as {{ model }}_cents,
        {% endfor %}
        {{ cents_of_even_share() }} as linear_cents,
        {% for model, creation in by_role.items() %}
            {{ cents_of_role(model, creation) }} as {{ model }}_cents,
        {% endfor %}
    {% for model in by_share %}
        {{ cents_of_share(model) }} as {{ model }}_cents
        {{- ',' if not loop.last }}
    {% endfor %}
    from ({{ with_rests(ref('int_journey_credits'), by_share) }}) as credits
    inner join of_conversions on credits.conversion_number = of_conversions.conversion_number
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
        seconds_to_conversion / cast(3600 as double) as hours_to_conversion,
        channel_weight,
    {% for model in attribution_models() %}
        {{ model }}_credit,
        {{ money_of_cents(model ~ '_cents * value_sign') }} as {{ model }}_value
        {{- ',' if not loop.last }}
    {% endfor %}
    from whole_cents
)

select * from with_values
