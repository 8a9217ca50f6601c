{{ config(enabled='salesforce' in var('sources') | string) }}

with source as (
    {{ source_or_empty('raw_salesforce', 'opportunity_history', {
        'id': 'varchar',
        'opportunity_id': 'varchar',
        'stage_name': 'varchar',
        'created_date': 'timestamp with time zone'
    }) }}
),

renamed as (
    select
        -- ids
        id as opportunity_history_id,
        opportunity_id,
        -- what it was
        stage_name,
        {{ to_utc('created_date') }} as changed_at
    from source
)

select * from renamed
