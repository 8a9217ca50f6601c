{% macro credit_of(model) -%}
    {{ context['credit_' ~ model]() }}
{%- endmacro %}
