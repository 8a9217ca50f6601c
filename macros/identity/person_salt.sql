{% macro person_salt() -%}
    {{ return(env_var('ATTRIBUTION_PERSON_SALT', 'outbound-attribution')) }}
{%- endmacro %}
