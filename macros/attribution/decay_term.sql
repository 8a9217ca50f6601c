{% macro decay_term(log_term) -%}
    coalesce(
        exp({{ log_term }} - max({{ log_term }}) over (partition by conversion_id)), 0
    )
{%- endmacro %}
