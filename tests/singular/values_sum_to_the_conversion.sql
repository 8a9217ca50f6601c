-- Conversions whose values by some model do not sum to conversion_value_reporting to the cent.
with totals as (
    {% for model in attribution_models() %}
        select
            '{{ model }}' as attribution_model,
            conversion_id,
            sum({{ model }}_value) as attributed_value
        from {{ ref('fct_attribution') }}
        group by conversion_id
        {{ 'union all' if not loop.last }}
    {% endfor %}
)

select
    totals.*,
    conversions.conversion_value_reporting
from totals
inner join {{ ref('fct_conversions') }} as conversions
    on totals.conversion_id = conversions.conversion_id
where totals.attributed_value is distinct from conversions.conversion_value_reporting
