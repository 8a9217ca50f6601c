{{ config(enabled='genesys' in var('sources') | string) }}

with source as (
    select * from {{ source('raw_genesys', 'queues') }}
),

renamed as (
    select
        id as queue_id,
        name as queue_name
    from source
)

select * from renamed
