with totals as (
    select * from {{ ref('int_credit_totals') }}
),

by_model as (
    {{ one_row_per_model('totals', ['disposition_code', 'credited_touch_count']) }}
),

dispositions as (
    select * from {{ ref('dim_dispositions') }}
),

by_disposition as (
    select
        by_model.attribution_model,
        by_model.disposition_code,
        dispositions.disposition_name,
        dispositions.disposition_group,
        dispositions.is_contact,
        cast(sum(by_model.credited_touch_count) as bigint) as credited_touch_count,
        cast(sum(by_model.credit) as double) as credit,
        cast(sum(by_model.attributed_value) as decimal(18, 2)) as attributed_value
    from by_model
    left join dispositions on by_model.disposition_code = dispositions.disposition_code
    group by
        by_model.attribution_model,
        by_model.disposition_code,
        dispositions.disposition_name,
        dispositions.disposition_group,
        dispositions.is_contact
)

select * from by_disposition
