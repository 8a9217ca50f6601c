{{ config(enabled='files' in var('sources') | string) }}

with source as (
    select * from {{ source('raw_files', 'costs') }}
),

renamed as (
    select
        cost_key,
        {{ salesforce_id_18('campaign_id') }} as campaign_id,
        cost_date,
        channel,
        cost,
        nullif(upper(trim(currency)), '') as currency
    from source
)

select * from renamed
