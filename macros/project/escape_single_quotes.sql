{#- dbt's own, which unit tests use as well; in a text of Snowflake's a backslash escapes what follows it. -#}
{% macro snowflake__escape_single_quotes(expression) -%}
    {{ return(expression | replace('\\', '\\\\') | replace("'", "''")) }}
{%- endmacro %}
