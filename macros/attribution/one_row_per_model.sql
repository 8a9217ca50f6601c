{#- The wide totals of a relation as one row for each attribution model; `keys` stay as they are. -#}
{% macro one_row_per_model(relation, keys) -%}
    {%- for model in attribution_models() %}
        select
            '{{ model }}' as attribution_model,
            {%- for key in keys %}
                {{ key }},
            {%- endfor %}
            {{ model }}_credit as credit,
            {{ model }}_value as attributed_value
        from {{ relation }}
        {{ 'union all' if not loop.last }}
    {%- endfor %}
{%- endmacro %}
