{#- Columns of a model that gives credit by role: what the first touch, the one at the lead's creation, the last one and
    each of the others has in whole cents. -#}
{% macro role_shares(model) -%}
    {%- for role, position in touch_roles() %}
        {{ whole_cents(context['credit_' ~ model](position)) }} as {{ model }}_{{ role }}_whole
        {{- ',' if not loop.last }}
    {%- endfor %}
{%- endmacro %}
