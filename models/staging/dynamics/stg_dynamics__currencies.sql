{{ config(enabled='dynamics' in var('sources') | string) }}

with source as (
    select * from {{ source('raw_dynamics', 'transaction_currency') }}
),

renamed as (
    select
        id as currency_guid,
        nullif(upper(trim(isocurrencycode)), '') as currency,
        exchangerate as units_per_base_unit,
        cast({{ to_utc('modifiedon') }} as date) as starts_on
    from source
)

select * from renamed
