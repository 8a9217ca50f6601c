{{ config(enabled='salesforce' in var('sources') | string) }}

with source as (
    select * from {{ source('raw_salesforce', 'contact') }}
    {{ without_forgotten(
        'salesforce', ids=['id'], phones=['phone_e164', 'mobile_phone_e164'], emails=['email']
    ) }}
),

renamed as (
    select
        -- ids
        id as contact_id,
        -- identity
        {{ person_hash('phone', 'phone_e164') }} as phone_key,
        {{ person_hash('phone', 'mobile_phone_e164') }} as mobile_phone_key,
        {{ person_hash('email', email_key_text('email')) }} as email_key,
        (phone is not null and phone_e164 is null)
        or (mobile_phone is not null and mobile_phone_e164 is null) as phone_is_unparsable,
        -- state
        is_deleted,
        {{ to_utc('created_date') }} as created_at
    from source
)

select * from renamed
