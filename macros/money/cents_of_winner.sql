{% macro cents_of_winner(credit, cents='cents') -%}
    case when {{ credit }} = 1 then {{ cents }} when {{ cents }} is not null then 0 end
{%- endmacro %}
