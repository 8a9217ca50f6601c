{{ config(enabled='dynamics' in var('sources') | string) }}

with source as (
    select * from {{ dynamics_rows('contact') }} as contacts
),

renamed as (
    select
        -- ids
        id as contact_id,
        originatingleadid as lead_guid,
        -- identity
        {{ person_hash('phone', 'telephone1_e164') }} as phone_key,
        {{ person_hash('phone', 'mobilephone_e164') }} as mobile_phone_key,
        {{ person_hash('email', email_key_text('emailaddress1')) }} as email_key,
        (telephone1 is not null and telephone1_e164 is null)
        or (mobilephone is not null and mobilephone_e164 is null) as phone_is_unparsable,
        -- state
        is_deleted,
        {{ to_utc('createdon') }} as created_at
    from source
)

select * from renamed
