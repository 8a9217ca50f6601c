with touch_totals as (
    select * from {{ ref('int_touch_totals') }}
),

credit_totals as (
    select * from {{ ref('int_credit_totals') }}
),

credits as (
    {{ one_row_per_model(
        'credit_totals', ['campaign_id', 'touch_sequence', 'disposition_code', 'credited_touch_count']
    ) }}
),

models as (
    select attribution_model from {{ ref('dim_attribution_models') }}
),

campaigns as (
    select * from {{ ref('dim_campaigns') }}
),

dispositions as (
    select * from {{ ref('dim_dispositions') }}
),

with_names as (
    select
        models.attribution_model,
        touch_totals.campaign_id,
        campaigns.campaign_name,
        touch_totals.touch_sequence,
        touch_totals.disposition_code,
        dispositions.disposition_name,
        dispositions.disposition_group,
        touch_totals.touch_count,
        cast(coalesce(credits.credited_touch_count, 0) as bigint) as credited_touch_count,
        coalesce(cast(credits.credit as double), 0) as credit,
        -- Without credit the value is 0; it is not known where no conversion has one.
        cast(
            case when credits.attribution_model is null then 0 else credits.attributed_value end
            as decimal(18, 2)
        ) as attributed_value,
        cast(touch_totals.cost as decimal(18, 2)) as cost,
        {{ return_on_investment(
            'case when credits.attribution_model is null then 0 else credits.attributed_value end',
            'touch_totals.cost'
        ) }} as roi
    from touch_totals
    cross join models
    left join credits
        on
            models.attribution_model = credits.attribution_model
            and touch_totals.campaign_id = credits.campaign_id
            and touch_totals.touch_sequence is not distinct from credits.touch_sequence
            and touch_totals.disposition_code = credits.disposition_code
    left join campaigns on touch_totals.campaign_id = campaigns.campaign_id
    left join dispositions on touch_totals.disposition_code = dispositions.disposition_code
)

select * from with_names
