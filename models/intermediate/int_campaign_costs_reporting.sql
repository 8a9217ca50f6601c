with costs as (
    select * from {{ ref('int_campaign_costs') }}
),

rates as (
    select * from {{ ref('int_exchange_rates') }}
),

in_reporting_currency as (
    select
        costs.*,
        cast(
            costs.cost * case
                when costs.currency = '{{ settings().reporting_currency }}'
                    then cast(1 as decimal(20, 12))
                else rates.rate
            end as decimal(18, 4)
        ) as cost_reporting
    from costs
    left join rates
        on costs.currency = rates.currency and costs.cost_date = rates.rate_date
)

select * from in_reporting_currency
