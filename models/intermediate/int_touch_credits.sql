with credit as (
    select * from {{ ref('fct_attribution_credit') }}
),

-- One touch can serve several conversions: its credit and value in all, by model.
per_touch as (
    select
        touch_id,
        attribution_model,
        count(*) as conversion_count,
        {{ exact_sum('credit') }} as credit,
        cast(sum(attributed_value) as decimal(18, 2)) as attributed_value,
        max(converted_at) as last_converted_at
    from credit
    group by touch_id, attribution_model
)

select * from per_touch
