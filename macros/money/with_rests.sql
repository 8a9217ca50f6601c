{% macro with_rests(relation, names) -%}
    select
        *,
        {% for name in names %}
            {{ rest_of_cents(name ~ '_credit', name ~ '_whole') }} as {{ name }}_rest
            {{- ',' if not loop.last }}
        {% endfor %}
    from (
        select
            *,
            {% for name in names %}
                {{ whole_cents(name ~ '_credit') }} as {{ name }}_whole
                {{- ',' if not loop.last }}
            {% endfor %}
        from {{ relation }}
    ) as with_wholes
{%- endmacro %}
