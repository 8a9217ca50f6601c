with source as (
    select * from {{ source('raw_genesys', 'conversations') }}
),

renamed as (
    select
        -- ids
        conversation_id,

        -- customer
        customer_phone,
        customer_phone_e164,

        -- facts
        lower(originating_direction) as originating_direction,
        cast(coalesce(dropped_attributes, 0) as integer) as dropped_attributes,
        {{ json_is_misfit('participants', 'array') }} as has_misfit_participants,

        -- timestamps
        {{ to_utc('conversation_start') }} as started_at,
        {{ to_utc('conversation_end') }} as ended_at
    from source
)

select * from renamed
