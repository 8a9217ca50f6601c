{{ config(enabled='salesforce' in var('sources') | string) }}

with source as (
    select * from {{ source('raw_salesforce', 'opportunity') }}
    {{ without_forgotten('salesforce', rows=['id']) }}
),

renamed as (
    select
        -- ids
        id as opportunity_id,
        conversion_campaign as campaign_id,
        {{ filled_text('conversion_type') }} as conversion_type,
        -- value
        conversion_value,
        nullif(upper(trim(currency_iso_code)), '') as currency,
        -- time
        close_date as closed_on,
        {{ to_utc('conversion_time') }} as converted_at,
        {{ to_utc('created_date') }} as created_at,
        -- state
        stage_name,
        is_won,
        is_closed,
        is_deleted
    from source
)

select * from renamed
