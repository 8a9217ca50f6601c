with conversions as (
    select * from {{ ref('int_conversions_in_utc') }}
),

identities as (
    select * from {{ ref('int_conversion_identity') }}
),

rates as (
    select * from {{ ref('int_exchange_rates') }}
),

with_person as (
    select
        conversions.*,
        identities.lead_id,
        identities.person_key,
        identities.identity_match,
        identities.is_deleted_lead,
        {{ truncate_instant('conversions.converted_at') }} as compared_at
    from conversions
    inner join identities on conversions.conversion_id = identities.conversion_id
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
