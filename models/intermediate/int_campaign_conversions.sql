{#- One conversion counts once for each campaign that has credit in it, by each model. -#}
with changes as (
    select * from {{ ref('int_credit_changes') }}
),

by_conversion as (
    select
        sign,
        campaign_id,
        conversion_id,
    {% for model in attribution_models() %}
        max(case when {{ model }}_credit != 0 then 1 else 0 end) as {{ model }}_counts,
        max(
            case when {{ model }}_credit != 0 and {{ model }}_value is not null then 1 else 0 end
        ) as {{ model }}_has_value
        {{- ',' if not loop.last }}
    {% endfor %}
    from changes
    group by sign, campaign_id, conversion_id
),

by_campaign as (
    {% for model in attribution_models() %}
        select
            '{{ model }}' as attribution_model,
            campaign_id,
            cast(sum(sign) as bigint) as row_count,
            cast(sum(sign * {{ model }}_counts) as bigint) as conversion_count,
            cast(sum(sign * {{ model }}_has_value) as bigint) as valued_conversion_count
        from by_conversion
        group by campaign_id
        {{ 'union all' if not loop.last }}
    {% endfor %}
),

with_kept as (
    {{ with_kept_totals(
        'by_campaign',
        keys=['attribution_model', 'campaign_id'],
        counts=['row_count', 'conversion_count', 'valued_conversion_count']
    ) }}
)

select * from with_kept
