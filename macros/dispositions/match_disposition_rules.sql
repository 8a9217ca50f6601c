{#- The rule of the lowest priority wins; two of one priority go by their pattern, so that the result is one. -#}
{% macro match_disposition_rules(relation, rules) -%}
    select
        {{ relation }}.disposition_code,
        {{ relation }}.disposition_name,
        coalesce({{ rules }}.disposition_group, 'other') as disposition_group,
        {{ rules }}.is_contact
    from {{ relation }}
    left join {{ rules }}
        on
            lower({{ relation }}.disposition_code) like lower({{ rules }}.pattern)
            or lower({{ relation }}.disposition_name) like lower({{ rules }}.pattern)
    qualify row_number() over (
        partition by {{ relation }}.disposition_code
        order by {{ rules }}.priority, {{ rules }}.pattern
    ) = 1
{%- endmacro %}
