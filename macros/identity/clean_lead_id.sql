{% macro clean_lead_id(expression) -%}
    {%- set trimmed = "nullif(trim(" ~ expression ~ "), '')" -%}
    {%- if 'dynamics' in settings().sources %}
    case
        when {{ regexp_full_match(trimmed, '[{]?[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}[}]?') }}
            then lower(replace(replace({{ trimmed }}, '{', ''), '}', ''))
        else {{ salesforce_id_18(trimmed) }}
    end
    {%- else %}
    {{ salesforce_id_18(trimmed) }}
    {%- endif %}
{%- endmacro %}
