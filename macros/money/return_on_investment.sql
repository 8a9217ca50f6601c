{% macro return_on_investment(value, cost) -%}
    (cast({{ value }} as double) - cast({{ cost }} as double))
    / cast(nullif({{ cost }}, 0) as double)
{%- endmacro %}
