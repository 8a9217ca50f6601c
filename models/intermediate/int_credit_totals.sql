with attribution as (
    select
        *,
        coalesce(disposition_code, '(none)') as disposition
    from {{ ref('fct_attribution') }}
),

totals as (
    select
        campaign_id,
        touch_sequence,
        disposition as disposition_code,
        {{ credit_totals() }}
    from attribution
    group by campaign_id, touch_sequence, disposition
)

select * from totals
