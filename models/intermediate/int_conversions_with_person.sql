{{ config(materialized='view') }}

with conversions as (
    select * from {{ ref('int_conversion_identity') }}
),

crm_leads as (
    select * from {{ ref('int_crm_leads') }}
),

rates as (
    select * from {{ ref('int_exchange_rates') }}
),

-- In the CRM the creation of the lead counts, also where only a phone or an e-mail led to it.
with_person as (
    select
        conversions.*,
        {{ person_key('conversions.person_id') }} as person_key,
        case
            when conversions.source = 'files' then conversions.given_lead_created_at
            else coalesce(conversions.given_lead_created_at, crm_leads.created_at)
        end as lead_created_at,
        rates.rate as exchange_rate
    from conversions
    left join crm_leads on conversions.lead_id = crm_leads.lead_id
    left join rates
        on
            conversions.currency = rates.currency
            and conversions.rate_date = rates.rate_date
),

with_reporting_value as (
    select
        *,
        cast(round(
            conversion_value
            * case
                when currency = '{{ settings().reporting_currency }}'
                    then cast(1 as decimal(20, 12))
                else exchange_rate
            end, 2
        ) as decimal(18, 2)) as conversion_value_reporting
    from with_person
)

select * from with_reporting_value
