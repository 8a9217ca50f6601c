{#- Columns of a group of fct_attribution's rows, by model; decimals, so that sums of them are exact in any order. -#}
{% macro credit_totals(sign='1') -%}
    sum({{ sign }}) as row_count,
    sum(case when {{ attribution_models()[0] }}_value is not null then {{ sign }} else 0 end) as valued_row_count,
    sum(case when is_first_conversion_of_touch then {{ sign }} else 0 end) as credited_touch_count,
    {%- for model in attribution_models() %}
        sum(cast({{ model }}_credit as decimal(18, 15))) as {{ model }}_credit,
        sum({{ model }}_value) as {{ model }}_value
        {{- ',' if not loop.last }}
    {%- endfor %}
{%- endmacro %}
