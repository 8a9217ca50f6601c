{{ config(materialized='view') }}

with people as (
    select * from {{ ref('int_changed_people') }}
),

changed as (
    select
        person_id,
        person_key,
        min(changed_from) as changed_from
    from people
    where changed_from is not null
    group by person_id, person_key
)

select * from changed
