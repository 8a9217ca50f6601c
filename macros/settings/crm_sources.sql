{#- Of a record that two CRMs have under one id, the one that var sources names first counts. -#}
{% macro crm_sources() -%}
    {{ return(settings().sources | select('in', ['salesforce', 'dynamics']) | list) }}
{%- endmacro %}
