with conversions as (
    select * from {{ ref('int_conversions_in_utc') }}
),

identities as (
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
        conversions.source,
        conversions.conversion_id,
        conversions.given_lead_id,
        conversions.campaign_id,
        conversions.converted_at,
        conversions.is_date_only,
        conversions.rate_date,
        conversions.is_on_clock_change,
        conversions.conversion_type,
        conversions.conversion_value,
        conversions.currency,
        case
            when conversions.source = 'files' then conversions.lead_created_at
            else coalesce(conversions.lead_created_at, crm_leads.created_at)
        end as lead_created_at,
        identities.lead_id,
        identities.person_key,
        identities.identity_match,
        identities.is_deleted_lead,
        {{ truncate_instant('conversions.converted_at') }} as compared_at
    from conversions
    inner join identities on conversions.conversion_id = identities.conversion_id
    left join crm_leads on identities.lead_id = crm_leads.lead_id
),

with_reporting_value as (
    select
        with_person.*,
        cast(round(
            with_person.conversion_value
            * case
                when with_person.currency = '{{ settings().reporting_currency }}'
                    then cast(1 as decimal(20, 12))
                else rates.rate
            end, 2
        ) as decimal(18, 2)) as conversion_value_reporting
    from with_person
    left join rates
        on
            with_person.currency = rates.currency
            and with_person.rate_date = rates.rate_date
)

select * from with_reporting_value
