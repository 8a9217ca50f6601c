{{ config(enabled='salesforce' in var('sources') | string) }}

with source as (
    select * from {{ source('raw_salesforce', 'dated_conversion_rate') }}
),

renamed as (
    select
        id as dated_conversion_rate_id,
        iso_code as currency,
        conversion_rate as units_per_corporate_unit,
        start_date as starts_on
    from source
)

select * from renamed
