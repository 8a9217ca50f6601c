{{ config(enabled='genesys' in var('sources') | string) }}

with source as (
    select * from {{ source('raw_genesys', 'campaigns') }}
),

renamed as (
    select
        -- ids
        id as outbound_campaign_id,
        contact_list_id,
        queue_id,

        -- facts
        name as outbound_campaign_name,
        kind as campaign_kind,
        campaign_status,
        dialing_mode
    from source
)

select * from renamed
