{#- One conversion counts once for each campaign that has credit in it, by each model. -#}
with attribution as (
    select * from {{ ref('fct_attribution') }}
),

by_conversion as (
    select
        campaign_id,
        conversion_id,
    {% for model in attribution_models() %}
        max(case when {{ model }}_credit > 0 then 1 else 0 end) as {{ model }}_counts,
        max(
            case when {{ model }}_credit > 0 and {{ model }}_value is not null then 1 else 0 end
        ) as {{ model }}_has_value
        {{- ',' if not loop.last }}
    {% endfor %}
    from attribution
    group by campaign_id, conversion_id
),

by_campaign as (
    {% for model in attribution_models() %}
        select
            '{{ model }}' as attribution_model,
            campaign_id,
            cast(sum({{ model }}_counts) as bigint) as conversion_count,
            cast(sum({{ model }}_has_value) as bigint) as valued_conversion_count
        from by_conversion
        group by campaign_id
        {{ 'union all' if not loop.last }}
    {% endfor %}
)

select * from by_campaign
