{{ config(enabled='salesforce' in var('sources') | string) }}

with source as (
    {{ source_or_empty('raw_salesforce', 'lead_history', {
        'id': 'varchar',
        'lead_id': 'varchar',
        'field': 'varchar',
        'new_value': 'varchar',
        'created_date': 'timestamp with time zone'
    }) }}
),

renamed as (
    select
        -- ids
        id as lead_history_id,
        lead_id,
        -- what became of it
        field as changed_field,
        new_value,
        {{ to_utc('created_date') }} as changed_at
    from source
)

select * from renamed
