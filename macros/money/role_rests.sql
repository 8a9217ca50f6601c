{#- Columns of a model that gives credit by role: what each role has below a cent. -#}
{% macro role_rests(model) -%}
    {%- for role, position in touch_roles() %}
        {{ rest_of_cents(context['credit_' ~ model](position), model ~ '_' ~ role ~ '_whole') }}
            as {{ model }}_{{ role }}_rest
        {{- ',' if not loop.last }}
    {%- endfor %}
{%- endmacro %}
