{% macro credit_single_win() -%}
    case when position = {{ winning_position() }} then 1 else 0 end
{%- endmacro %}
