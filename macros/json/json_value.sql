{% macro json_value(column, key) -%}
    {{ return(adapter.dispatch('json_value')(column, key)) }}
{%- endmacro %}

{% macro default__json_value(column, key) -%}
    {%- set path = '$."' ~ (key | replace('\\', '\\\\') | replace('"', '\\"')) ~ '"' -%}
    json_extract_string({{ column }}, '{{ path | replace("'", "''") }}')
{%- endmacro %}

{% macro snowflake__json_value(column, key) -%}
    {{ column }}:"{{ key | replace('"', '""') }}"::varchar
{%- endmacro %}
