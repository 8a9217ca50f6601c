{% macro decay_log(seconds) -%}
    {%- set seconds_per_unit = {'hour': 3600, 'day': 86400, 'week': 604800}[settings().decay_time_unit] -%}
    -cast({{ settings().decay_rate }} as double) * {{ seconds }} / {{ seconds_per_unit }}
{%- endmacro %}
