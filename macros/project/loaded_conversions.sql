{#- Where the webhook is a source, what it says of the others' conversions is part of them. -#}
{% macro loaded_conversions(source) -%}
    {%- if 'webhook' in settings().sources -%}
        {{ return("(select * from " ~ ref('int_conversions_with_webhook') ~ " where source = '" ~ source ~ "')") }}
    {%- endif -%}
    {{ return(ref('int_' ~ source ~ '__conversions')) }}
{%- endmacro %}
