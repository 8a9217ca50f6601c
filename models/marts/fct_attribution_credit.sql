{{ config(materialized='view') }}

with attribution as (
    select * from {{ ref('fct_attribution') }}
),

one_row_per_model as (
    {% for model in attribution_models() %}
        select
            conversion_id,
            touch_id,
            '{{ model }}' as attribution_model,
            {{ model }}_credit as credit,
            {{ model }}_value as attributed_value,
            campaign_id,
            channel,
            touch_sequence,
            touched_at,
            converted_at
        from attribution
        {{ 'union all' if not loop.last }}
    {% endfor %}
)

select * from one_row_per_model
