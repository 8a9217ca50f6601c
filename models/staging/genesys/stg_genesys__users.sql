{{ config(enabled='genesys' in var('sources') | string) }}

with source as (
    select * from {{ source('raw_genesys', 'users') }}
),

renamed as (
    select
        id as user_id,
        name as user_name,
        state as user_state
    from source
)

select * from renamed
