{{ config(enabled='salesforce' in var('sources') | string) }}

with source as (
    select * from {{ source('raw_salesforce', 'opportunity_contact_role') }}
    {{ without_forgotten('salesforce', rows=['opportunity_id'], ids=['contact_id']) }}
),

renamed as (
    select
        id as opportunity_contact_role_id,
        opportunity_id,
        contact_id,
        is_primary,
        is_deleted
    from source
)

select * from renamed
