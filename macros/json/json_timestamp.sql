{% macro json_timestamp(text) -%}
    {{ to_utc("try_cast(" ~ text ~ " as timestamptz)") }}
{%- endmacro %}
