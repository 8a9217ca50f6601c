{{ config(enabled='salesforce' in var('sources') | string) }}

with source as (
    select * from {{ source('raw_salesforce', 'campaign') }}
),

renamed as (
    select
        -- ids
        id as campaign_id,
        name as campaign_name,
        -- plan
        type as campaign_type,
        status as campaign_status,
        start_date as started_on,
        end_date as ended_on,
        -- cost
        actual_cost,
        nullif(upper(trim(currency_iso_code)), '') as currency,
        is_deleted
    from source
)

select * from renamed
