{% macro row_text(expressions) -%}
    {%- for expression in expressions -%}
        coalesce(cast({{ expression }} as varchar), '')
        {%- if not loop.last %} || '|' || {% endif -%}
    {%- endfor -%}
{%- endmacro %}
