{% macro utc_to_local(instant, zone) -%}
    {{ return(adapter.dispatch('utc_to_local')(instant, zone)) }}
{%- endmacro %}

{% macro default__utc_to_local(instant, zone) -%}
    timezone('{{ zone }}', timezone('UTC', {{ instant }}))
{%- endmacro %}

{% macro snowflake__utc_to_local(instant, zone) -%}
    convert_timezone('UTC', '{{ zone }}', {{ instant }})
{%- endmacro %}
