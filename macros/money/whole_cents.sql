{% macro whole_cents(credit) -%}
    cast(floor(({{ credit }}) * cast(cents as double) + 0.0000005) as bigint)
{%- endmacro %}
