{{ config(materialized='view') }}

with conversions as (
    select * from {{ ref('int_conversions_unioned') }}
    where id_rank = 1
),

crm_days as (
    select * from {{ ref('int_crm_days') }}
),

with_instants as (
    select
        conversions.source,
        conversions.conversion_id,
        conversions.lead_id as given_lead_id,
        conversions.phone_key,
        conversions.email_key,
        conversions.campaign_id,
        coalesce(
            conversions.converted_at,
            {{ 'converted_days.ends_at' if settings().date_only_convention == 'end_of_day'
                else 'converted_days.starts_at' }}
        ) as converted_at,
        conversions.converted_on,
        conversions.converted_at is null as is_date_only,
        -- The day whose exchange rate counts: as the CRM wrote it, else the UTC day.
        coalesce(conversions.converted_on, cast(conversions.converted_at as date)) as rate_date,
        conversions.converted_at is null and converted_days.has_clock_change
            as is_on_clock_change,
        conversions.conversion_type,
        conversions.conversion_value,
        coalesce(conversions.currency, '{{ settings().reporting_currency }}') as currency,
        conversions.currency as given_currency,
        coalesce(conversions.lead_created_at, lead_days.starts_at) as given_lead_created_at
    from conversions
    left join crm_days as converted_days on conversions.converted_on = converted_days.local_date
    left join crm_days as lead_days on conversions.lead_created_on = lead_days.local_date
),

-- Without a time and without a day nothing can be said; int_findings_records counts them.
dated as (
    select * from with_instants
    where converted_at is not null
)

select * from dated
