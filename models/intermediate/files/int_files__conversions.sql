{{ config(materialized='view', enabled='files' in var('sources') | string) }}

with conversions as (
    select * from {{ ref('stg_files__conversions') }}
    where not is_deleted
),

shaped as (
    select
        conversion_id,
        lead_id,
        phone_key,
        email_key,
        campaign_id,
        converted_at,
        converted_on,
        coalesce(nullif(trim(conversion_type), ''), 'conversion') as conversion_type,
        conversion_value,
        currency,
        lead_created_at,
        lead_created_on
    from conversions
)

select * from shaped
