with touches as (
    select
        touch_id,
        coalesce(disposition_code, '(none)') as disposition_code
    from {{ ref('fct_touches') }}
),

credit_of_touches as (
    select * from {{ ref('int_touch_credits') }}
),

dispositions as (
    select * from {{ ref('dim_dispositions') }}
),

by_disposition as (
    select
        credit_of_touches.attribution_model,
        touches.disposition_code,
        dispositions.disposition_name,
        dispositions.disposition_group,
        dispositions.is_contact,
        count(*) as credited_touch_count,
        {{ exact_sum('credit_of_touches.credit') }} as credit,
        cast(sum(credit_of_touches.attributed_value) as decimal(18, 2)) as attributed_value
    from credit_of_touches
    inner join touches on credit_of_touches.touch_id = touches.touch_id
    left join dispositions on touches.disposition_code = dispositions.disposition_code
    group by
        credit_of_touches.attribution_model,
        touches.disposition_code,
        dispositions.disposition_name,
        dispositions.disposition_group,
        dispositions.is_contact
)

select * from by_disposition
