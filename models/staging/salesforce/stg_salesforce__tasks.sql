{{ config(enabled='salesforce' in var('sources') | string) }}

with source as (
    select * from {{ source('raw_salesforce', 'task') }}
    {{ without_forgotten('salesforce', rows=['id'], ids=['who_id']) }}
),

renamed as (
    select
        -- ids
        id as task_id,
        {{ salesforce_id_18('who_id') }} as who_id,
        {{ salesforce_id_18('what_id') }} as what_id,
        -- time
        {{ to_utc('completed_date_time') }} as completed_at,
        {{ to_utc('created_date') }} as created_at,
        is_deleted
    from source
)

select * from renamed
