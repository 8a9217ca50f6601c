{% macro email_key_text(expression) -%}
    nullif(lower(trim({{ expression }})), '')
{%- endmacro %}
