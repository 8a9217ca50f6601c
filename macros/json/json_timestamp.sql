{% macro json_timestamp(text) -%}
    {{ to_utc("try_cast(" ~ text ~ " as timestamp with time zone)") }}
{%- endmacro %}
