{{ config(enabled='genesys' in var('sources') | string) }}

with source as (
    select * from {{ source('raw_genesys', 'flow_outcomes') }}
),

renamed as (
    select
        id as flow_outcome_id,
        name as flow_outcome_name
    from source
)

select * from renamed
