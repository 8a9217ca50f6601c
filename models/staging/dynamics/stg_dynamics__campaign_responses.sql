{{ config(enabled='dynamics' in var('sources') | string) }}

with source as (
    select * from {{ dynamics_rows('campaign_response') }} as campaign_responses
),

renamed as (
    select
        -- ids
        id as activity_id,
        regardingobjectid as regarding_guid,
        regardingobjectid_type as regarding_type,
        -- identity
        {{ person_hash('phone', 'telephone_e164') }} as phone_key,
        {{ person_hash('email', email_key_text('emailaddress')) }} as email_key,
        telephone is not null and telephone_e164 is null as phone_is_unparsable,
        -- time
        {{ dynamics_day('receivedon') }} as received_on,
        {{ to_utc('createdon') }} as created_at,
        -- state
        statecode = 2 as is_canceled,
        is_deleted,
        parties
    from source
)

select * from renamed
