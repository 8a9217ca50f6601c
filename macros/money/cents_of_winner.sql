{% macro cents_of_winner(credit) -%}
    case when {{ credit }} = 1 then cents when cents is not null then 0 end
{%- endmacro %}
