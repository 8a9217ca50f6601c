{%- set labels = {
    'first_touch': ['First touch', 'All credit to the first touch of the journey.'],
    'last_touch': ['Last touch', 'All credit to the last touch before the conversion.'],
    'linear': ['Linear', 'The same credit to every touch.'],
    'position_based': ['U-shaped',
        'Most of the credit to the first and the last touch, the rest evenly between.'],
    'w_shaped': ['W-shaped',
        '30% each to the first touch, the touch that led to the lead and the last touch; 10% to the rest.'],
    'time_decay': ['Time decay',
        'Credit falls off exponentially with the time from the touch to the conversion.'],
    'channel_weighted_time_decay': ['Channel-weighted time decay',
        'Time decay, each touch weighted by its channel.'],
    'single_win': ['Single win',
        'One winner for each conversion, across all campaigns, so that nothing is counted twice.']
} -%}

with models as (
    {% for model in attribution_models() %}
        select
            '{{ model }}' as attribution_model,
            {{ loop.index }} as display_order,
            '{{ labels[model][0] }}' as label,
            '{{ labels[model][1] }}' as description,
            {{ 'true' if model == settings().exported_model else 'false' }} as is_exported
        {{ 'union all' if not loop.last }}
    {% endfor %}
)

select * from models
