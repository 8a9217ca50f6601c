{{ config(enabled='genesys' in var('sources') | string) }}

with source as (
    select * from {{ source('raw_genesys', 'wrapup_codes') }}
),

renamed as (
    select
        id as wrapup_code_id,
        name as wrapup_code_name
    from source
)

select * from renamed
