-- Conversions whose credits by some model do not sum to 1 within 1e-9.
with totals as (
    {% for model in attribution_models() %}
        select
            '{{ model }}' as attribution_model,
            conversion_id,
            sum({{ model }}_credit) as credit
        from {{ ref('fct_attribution') }}
        group by conversion_id
        {{ 'union all' if not loop.last }}
    {% endfor %}
)

select *
from totals
where credit is null or abs(credit - 1) > 1e-9
