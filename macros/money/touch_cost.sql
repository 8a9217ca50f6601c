{% macro touch_cost(cost, handle_seconds) -%}
    {%- set per_hour = settings().handling_cost_per_hour -%}
    {%- if per_hour == 0 -%}
        {{ cost }}
    {%- else -%}
        cast(
            case
                when {{ handle_seconds }} is null then {{ cost }}
                else coalesce({{ cost }}, 0)
                    + cast({{ handle_seconds }} * cast({{ per_hour }} as decimal(18, 6)) / 3600 as decimal(18, 4))
            end as decimal(18, 4)
        )
    {%- endif -%}
{%- endmacro %}
