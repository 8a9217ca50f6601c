{{ config(enabled='dynamics' in var('sources') | string) }}

with source as (
    select * from {{ source('raw_dynamics', 'organization') }}
),

renamed as (
    select
        id as organization_id,
        basecurrencyid as base_currency_guid
    from source
)

select * from renamed
