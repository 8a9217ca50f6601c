{% macro truncate_instant(instant) -%}
    date_trunc('{{ settings().timestamp_granularity }}', {{ instant }})
{%- endmacro %}
