{% macro clean_lead_id(expression) -%}
    {{ salesforce_id_18("nullif(trim(" ~ expression ~ "), '')") }}
{%- endmacro %}
