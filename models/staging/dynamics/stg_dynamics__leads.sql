{{ config(enabled='dynamics' in var('sources') | string) }}

with source as (
    select * from {{ dynamics_rows('lead') }} as leads
),

renamed as (
    select
        -- ids
        id as lead_guid,
        coalesce({{ filled_text('lead_key') }}, id) as lead_id,
        masterid as merged_into_lead_guid,
        parentcontactid as contact_guid,
        qualifyingopportunityid as opportunity_guid,
        transactioncurrencyid as currency_guid,
        -- identity
        {{ person_hash('phone', 'telephone1_e164') }} as phone_key,
        {{ person_hash('phone', 'mobilephone_e164') }} as mobile_phone_key,
        {{ person_hash('email', email_key_text('emailaddress1')) }} as email_key,
        (telephone1 is not null and telephone1_e164 is null)
        or (mobilephone is not null and mobilephone_e164 is null) as phone_is_unparsable,
        -- conversion
        statecode = 1 as is_qualified,
        {{ to_utc('conversion_time') }} as converted_at,
        conversion_value,
        conversion_campaign,
        conversion_campaign_is_lookup,
        {{ filled_text('conversion_type') }} as conversion_type,
        -- state
        is_deleted,
        {{ to_utc('createdon') }} as created_at
    from source
)

select * from renamed
