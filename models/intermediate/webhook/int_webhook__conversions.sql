{{ config(materialized='view', enabled='webhook' in var('sources') | string) }}

with events as (
    select * from {{ ref('stg_webhook__events') }}
),

with_conversion_id as (
    select
        *,
        coalesce({{ salesforce_id_18('given_conversion_id') }}, event_id) as conversion_id,
        given_conversion_id is not null as names_record
    from events
),

-- A sender that corrects itself sends an event of its own for the same record.
last_of_each as (
    select * from with_conversion_id
    qualify row_number() over (
            partition by conversion_id order by received_at desc, event_number desc, event_id desc
        ) = 1
),

shaped as (
    select
        conversion_id,
        lead_id,
        cast(null as varchar) as phone_key,
        cast(null as varchar) as email_key,
        campaign_id,
        converted_at,
        cast(null as date) as converted_on,
        coalesce(conversion_type, 'conversion') as conversion_type,
        conversion_value,
        currency,
        cast(null as timestamp) as lead_created_at,
        cast(null as date) as lead_created_on,
        -- of the webhook alone
        names_record,
        lead_id_was_trimmed
    from last_of_each
)

select * from shaped
