with touches as (
    select * from {{ ref('int_touches_in_utc') }}
),

identities as (
    select * from {{ ref('int_touch_identity') }}
),

with_person as (
    select
        touches.*,
        identities.lead_id,
        identities.person_key,
        identities.identity_match,
        identities.is_deleted_lead,
        {{ truncate_instant('touches.touched_at') }} as compared_at
    from touches
    inner join identities on touches.touch_id = identities.touch_id
)

select * from with_person
