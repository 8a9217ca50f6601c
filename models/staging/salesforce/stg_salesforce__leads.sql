{{ config(enabled='salesforce' in var('sources') | string) }}

with source as (
    select * from {{ source('raw_salesforce', 'lead') }}
    {{ without_forgotten('salesforce',
        rows=['id'],
        ids=['id', 'master_record_id', 'converted_contact_id'],
        phones=['phone_e164', 'mobile_phone_e164'],
        emails=['email']
    ) }}
),

renamed as (
    select
        -- ids
        id as lead_id,
        nullif(master_record_id, '') as merged_into_lead_id,
        converted_contact_id as contact_id,
        converted_opportunity_id as opportunity_id,
        -- identity
        {{ person_hash('phone', 'phone_e164') }} as phone_key,
        {{ person_hash('phone', 'mobile_phone_e164') }} as mobile_phone_key,
        {{ person_hash('email', email_key_text('email')) }} as email_key,
        (phone is not null and phone_e164 is null)
        or (mobile_phone is not null and mobile_phone_e164 is null) as phone_is_unparsable,
        -- conversion
        is_converted,
        converted_date as converted_on,
        {{ to_utc('conversion_time') }} as converted_at,
        conversion_value,
        nullif(upper(trim(currency_iso_code)), '') as currency,
        conversion_campaign as campaign_id,
        {{ filled_text('conversion_type') }} as conversion_type,
        -- state
        lead_source,
        status as lead_status,
        is_deleted,
        {{ to_utc('created_date') }} as created_at
    from source
)

select * from renamed
