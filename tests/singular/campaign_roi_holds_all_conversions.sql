-- Models by which rpt_campaign_roi, (unattributed) included, does not hold all conversions and
-- all their value.
with reported as (
    select
        attribution_model,
        sum(credit) as credit,
        sum(attributed_value) as attributed_value
    from {{ ref('rpt_campaign_roi') }}
    group by attribution_model
),

conversions as (
    select
        count(*) as conversion_count,
        sum(conversion_value_reporting) as conversion_value
    from {{ ref('fct_conversions') }}
)

select
    models.attribution_model,
    reported.credit,
    reported.attributed_value,
    conversions.conversion_count,
    conversions.conversion_value
from {{ ref('dim_attribution_models') }} as models
left join reported on models.attribution_model = reported.attribution_model
cross join conversions
where
    reported.credit is null
    or abs(reported.credit - conversions.conversion_count)
    > 1e-9 * greatest(conversions.conversion_count, 1)
    or coalesce(reported.attributed_value, 0) != coalesce(conversions.conversion_value, 0)
