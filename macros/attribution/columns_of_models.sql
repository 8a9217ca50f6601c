{% macro columns_of_models(suffix) -%}
    {%- set columns = [] -%}
    {%- for model in attribution_models() -%}
        {%- do columns.append(model ~ suffix) -%}
    {%- endfor -%}
    {{ return(columns) }}
{%- endmacro %}
