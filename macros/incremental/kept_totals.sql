{% macro kept_totals() -%}
    {{ return(['int_credit_totals', 'int_campaign_conversions']) }}
{%- endmacro %}
