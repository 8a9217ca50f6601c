{% macro share_of_journey(term) -%}
    {{ term }} / cast(
        sum(cast({{ term }} as decimal(18, 15))) over (partition by conversion_number) as double
    )
{%- endmacro %}
