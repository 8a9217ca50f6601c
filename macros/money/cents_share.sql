{% macro cents_share(credit, cents) -%}
    cast(round(cast({{ credit }} as decimal(20, 17)) * {{ cents }}, 6) as decimal(38, 6))
{%- endmacro %}
