with touches as (
    select
        touch_id,
        campaign_id,
        campaign_name,
        touch_sequence,
        coalesce(disposition_code, '(none)') as disposition_code
    from {{ ref('fct_touches') }}
),

models as (
    select attribution_model from {{ ref('dim_attribution_models') }}
),

dispositions as (
    select * from {{ ref('dim_dispositions') }}
),

credit_of_touches as (
    select * from {{ ref('int_touch_credits') }}
),

touch_costs as (
    select * from {{ ref('int_touch_costs') }}
),

summed as (
    select
        models.attribution_model,
        touches.campaign_id,
        touches.touch_sequence,
        touches.disposition_code,
        max(touches.campaign_name) as campaign_name,
        count(*) as touch_count,
        count(credit_of_touches.touch_id) as credited_touch_count,
        coalesce({{ exact_sum('credit_of_touches.credit') }}, 0) as credit,
        -- Without credit the value is 0; it is not known where no conversion has one.
        cast(
            case
                when count(credit_of_touches.touch_id) = 0 then 0
                else sum(credit_of_touches.attributed_value)
            end as decimal(18, 2)
        ) as attributed_value,
        sum(touch_costs.cost) as cost
    from touches
    cross join models
    left join credit_of_touches
        on
            touches.touch_id = credit_of_touches.touch_id
            and models.attribution_model = credit_of_touches.attribution_model
    left join touch_costs on touches.touch_id = touch_costs.touch_id
    group by
        models.attribution_model,
        touches.campaign_id,
        touches.touch_sequence,
        touches.disposition_code
),

with_roi as (
    select
        summed.attribution_model,
        summed.campaign_id,
        summed.campaign_name,
        summed.touch_sequence,
        summed.disposition_code,
        dispositions.disposition_name,
        dispositions.disposition_group,
        summed.touch_count,
        summed.credited_touch_count,
        summed.credit,
        summed.attributed_value,
        cast(summed.cost as decimal(18, 2)) as cost,
        {{ return_on_investment('summed.attributed_value', 'summed.cost') }} as roi
    from summed
    left join dispositions on summed.disposition_code = dispositions.disposition_code
)

select * from with_roi
