{{ config(enabled='dynamics' in var('sources') | string) }}

with source as (
    select * from {{ dynamics_rows('email') }} as emails
),

renamed as (
    select
        -- ids
        id as activity_id,
        regardingobjectid as regarding_guid,
        regardingobjectid_type as regarding_type,
        -- time
        {{ to_utc('senton') }} as sent_at,
        {{ to_utc('actualend') }} as completed_at,
        {{ to_utc('createdon') }} as created_at,
        -- state
        directioncode as is_outgoing,
        statecode = 1 as is_completed,
        is_deleted,
        parties
    from source
)

select * from renamed
