{{ config(enabled='files' in var('sources') | string) }}

with source as (
    select * from {{ source('raw_files', 'conversions') }}
    {{ without_forgotten(
        'files', rows=['conversion_id'], ids=['lead_id'], phones=['phone_e164'], emails=['email']
    ) }}
),

renamed as (
    select
        -- ids
        conversion_id,
        {{ clean_lead_id('lead_id') }} as lead_id,
        {{ salesforce_id_18('campaign_id') }} as campaign_id,
        -- identity
        {{ person_hash('phone', 'phone_e164') }} as phone_key,
        {{ person_hash('email', email_key_text('email')) }} as email_key,
        phone is not null and phone_e164 is null as phone_is_unparsable,
        lead_id != trim(lead_id) as lead_id_was_trimmed,
        -- value
        conversion_type,
        conversion_value,
        nullif(upper(trim(currency)), '') as currency,
        -- time
        {{ to_utc('converted_at') }} as converted_at,
        converted_on,
        {{ to_utc('lead_created_at') }} as lead_created_at,
        lead_created_on,
        is_deleted,
        -- load
        {{ "cast(null as varchar)" if 'files' in settings().raw_schemas else '_dlt_load_id' }}
            as load_id
    from source
)

select * from renamed
