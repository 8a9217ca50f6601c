{% macro credit_last_touch() -%}
    case when position = journey_length then 1 else 0 end
{%- endmacro %}
