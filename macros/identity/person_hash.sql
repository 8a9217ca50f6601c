{% macro person_hash(kind, expression) -%}
    {{ sha256_hex(text_literal(person_salt() ~ '|' ~ kind ~ '|') ~ ' || ' ~ expression) }}
{%- endmacro %}
