{% macro json_is_misfit(column, kind) -%}
    {{ return(adapter.dispatch('json_is_misfit')(column, kind)) }}
{%- endmacro %}

{% macro default__json_is_misfit(column, kind) -%}
    coalesce(json_type({{ column }}), 'NULL') not in ('NULL', '{{ kind | upper }}')
{%- endmacro %}

{% macro snowflake__json_is_misfit(column, kind) -%}
    coalesce(not is_{{ kind }}({{ column }}) and not is_null_value({{ column }}), false)
{%- endmacro %}
