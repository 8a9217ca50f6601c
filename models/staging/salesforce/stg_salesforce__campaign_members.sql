{{ config(enabled='salesforce' in var('sources') | string) }}

with source as (
    select * from {{ source('raw_salesforce', 'campaign_member') }}
    {{ without_forgotten('salesforce', rows=['id'], ids=['lead_id', 'contact_id']) }}
),

renamed as (
    select
        -- ids
        id as campaign_member_id,
        campaign_id,
        nullif(lead_id, '') as lead_id,
        nullif(contact_id, '') as contact_id,
        -- response
        has_responded,
        first_responded_date as first_responded_on,
        is_deleted
    from source
)

select * from renamed
