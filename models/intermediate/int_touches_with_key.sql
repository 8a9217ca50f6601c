{{ config(materialized='view') }}

with touches as (
    select * from {{ ref('int_touches') }}
),

with_key as (
    select
        *,
        {{ lead_of_person('person_id') }} as lead_id,
        {{ person_key('person_id') }} as person_key
    from touches
)

select * from with_key
