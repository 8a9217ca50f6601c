{#- DuckDB's materialization holds one transaction around the whole model already. -#}
{% macro in_one_transaction(statements) -%}
    {{ return(adapter.dispatch('in_one_transaction')(statements)) }}
{%- endmacro %}

{% macro default__in_one_transaction(statements) -%}
    {{ return(statements) }}
{%- endmacro %}

{% macro snowflake__in_one_transaction(statements) -%}
    {{ return('begin;\n' ~ statements ~ '\ncommit;') }}
{%- endmacro %}
