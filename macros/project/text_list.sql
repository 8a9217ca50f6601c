{% macro text_list(expression, separator, order_by) -%}
    {{ return(adapter.dispatch('text_list')(expression, separator, order_by)) }}
{%- endmacro %}

{% macro default__text_list(expression, separator, order_by) -%}
    string_agg({{ expression }}, '{{ separator }}' order by {{ order_by }})
{%- endmacro %}

{% macro snowflake__text_list(expression, separator, order_by) -%}
    listagg({{ expression }}, '{{ separator }}') within group (order by {{ order_by }})
{%- endmacro %}
