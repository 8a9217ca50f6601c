{#- The webhook has conversions and no touches. -#}
{% macro sources_of_touches() -%}
    {{ return(settings().sources | reject('equalto', 'webhook') | list) }}
{%- endmacro %}
