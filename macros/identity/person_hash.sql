{% macro person_hash(kind, expression) -%}
    {%- set salt = env_var('ATTRIBUTION_PERSON_SALT', 'outbound-attribution') -%}
    {{ adapter.dispatch('sha256_hex')(
        "'" ~ (salt ~ '|' ~ kind ~ '|') | replace("'", "''") ~ "' || " ~ expression
    ) }}
{%- endmacro %}

{% macro default__sha256_hex(expression) -%}
    sha256({{ expression }})
{%- endmacro %}

{% macro snowflake__sha256_hex(expression) -%}
    sha2({{ expression }}, 256)
{%- endmacro %}
