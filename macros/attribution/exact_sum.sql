{% macro exact_sum(expression, type='decimal(18, 15)') -%}
    cast(sum(cast({{ expression }} as {{ type }})) as double)
{%- endmacro %}
