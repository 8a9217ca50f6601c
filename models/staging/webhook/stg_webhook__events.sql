{{ config(enabled='webhook' in var('sources') | string) }}

with source as (
    select * from {{ source('raw_webhook', 'events') }}
),

renamed as (
    select
        -- ids
        event_id,
        seq as event_number,
        {{ filled_text('conversion_id') }} as given_conversion_id,
        {{ clean_lead_id('lead_id') }} as lead_id,
        {{ salesforce_id_18('campaign_id') }} as campaign_id,
        lead_id != trim(lead_id) as lead_id_was_trimmed,
        -- value
        {{ filled_text('conversion_type') }} as conversion_type,
        conversion_value,
        currency,
        -- time
        {{ to_utc('received_at') }} as received_at,
        {{ to_utc('converted_at') }} as converted_at
    from source
)

select * from renamed
