{% macro current_utc() -%}
    {{ return(adapter.dispatch('current_utc')()) }}
{%- endmacro %}

{% macro default__current_utc() -%}
    cast(timezone('UTC', current_timestamp) as timestamp)
{%- endmacro %}

{% macro snowflake__current_utc() -%}
    cast(convert_timezone('UTC', current_timestamp()) as timestamp_ntz)
{%- endmacro %}
