{% macro lead_of_person(person_id) -%}
    case when {{ person_id }} like 'lead|%' then substr({{ person_id }}, 6) end
{%- endmacro %}
