{% macro json_member(column, key) -%}
    {{ return(adapter.dispatch('json_member')(column, key)) }}
{%- endmacro %}

{% macro default__json_member(column, key) -%}
    json_extract({{ column }}, '$."{{ key }}"')
{%- endmacro %}

{% macro snowflake__json_member(column, key) -%}
    {{ column }}:"{{ key }}"
{%- endmacro %}
