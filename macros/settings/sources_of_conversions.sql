{#- Genesys Cloud has touches and no conversions. -#}
{% macro sources_of_conversions() -%}
    {{ return(settings().sources | reject('equalto', 'genesys') | list) }}
{%- endmacro %}
