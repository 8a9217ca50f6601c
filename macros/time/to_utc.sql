{% macro to_utc(instant) -%}
    {{ return(adapter.dispatch('to_utc')(instant)) }}
{%- endmacro %}

{% macro default__to_utc(instant) -%}
    timezone('UTC', {{ instant }})
{%- endmacro %}

{% macro snowflake__to_utc(instant) -%}
    cast(convert_timezone('UTC', {{ instant }}) as timestamp_ntz)
{%- endmacro %}
