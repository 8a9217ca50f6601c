{#- Usually 0: at 10^12 in value over thousands of touches a double's own error can reach whole cents. -#}
{% macro cents_to_everyone(model) -%}
    cast(floor(cast({{ model }}_left_over as double) / {{ model }}_receivers) as bigint)
{%- endmacro %}
