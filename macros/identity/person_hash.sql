{% macro person_hash(kind, expression) -%}
    {%- set salt = env_var('ATTRIBUTION_PERSON_SALT', 'outbound-attribution') -%}
    {{ sha256_hex(text_literal(salt ~ '|' ~ kind ~ '|') ~ ' || ' ~ expression) }}
{%- endmacro %}
