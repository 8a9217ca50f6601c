{% macro credit_linear() -%}
    cast(1 as double) / journey_length
{%- endmacro %}
