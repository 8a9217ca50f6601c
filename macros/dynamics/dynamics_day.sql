{% macro dynamics_day(column) -%}
    coalesce(
        {{ column }},
        cast({{ utc_to_local(to_utc(column ~ '_instant'), settings().crm_timezone) }} as date)
    )
{%- endmacro %}
