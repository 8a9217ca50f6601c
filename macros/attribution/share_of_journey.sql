{% macro share_of_journey(term) -%}
    {{ term }} / {{ term }}_total
{%- endmacro %}
