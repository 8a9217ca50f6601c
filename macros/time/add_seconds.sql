{% macro add_seconds(instant, seconds) -%}
    {{ return(adapter.dispatch('add_seconds')(instant, seconds)) }}
{%- endmacro %}

{% macro default__add_seconds(instant, seconds) -%}
    {{ instant }} + to_seconds({{ seconds }})
{%- endmacro %}

{% macro snowflake__add_seconds(instant, seconds) -%}
    dateadd('second', {{ seconds }}, {{ instant }})
{%- endmacro %}
