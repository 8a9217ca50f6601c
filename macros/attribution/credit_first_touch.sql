{% macro credit_first_touch() -%}
    case when position = 1 then 1 else 0 end
{%- endmacro %}
