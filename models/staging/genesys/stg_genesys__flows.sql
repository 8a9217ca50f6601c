{{ config(enabled='genesys' in var('sources') | string) }}

with source as (
    select * from {{ source('raw_genesys', 'flows') }}
),

renamed as (
    select
        id as flow_id,
        name as flow_name,
        lower(type) as flow_type
    from source
)

select * from renamed
