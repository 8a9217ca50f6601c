{% macro attribution_models() -%}
    {{ return([
        'first_touch',
        'last_touch',
        'linear',
        'position_based',
        'w_shaped',
        'time_decay',
        'channel_weighted_time_decay',
        'single_win'
    ]) }}
{%- endmacro %}
