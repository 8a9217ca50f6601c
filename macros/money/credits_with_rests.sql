{% macro credits_with_rests(models) -%}
    select
        *,
        {% for model in models %}
            {{ rest_of_cents(model ~ '_credit', model ~ '_whole') }} as {{ model }}_rest
            {{- ',' if not loop.last }}
        {% endfor %}
    from (
        select
            *,
            {% for model in models %}
                {{ whole_cents(model ~ '_credit') }} as {{ model }}_whole
                {{- ',' if not loop.last }}
            {% endfor %}
        from {{ ref('int_journey_credits') }}
    ) as credits_with_wholes
{%- endmacro %}
