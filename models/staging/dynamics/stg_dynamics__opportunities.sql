{{ config(enabled='dynamics' in var('sources') | string) }}

with source as (
    select * from {{ dynamics_rows('opportunity') }} as opportunities
),

renamed as (
    select
        -- ids
        id as opportunity_guid,
        originatingleadid as lead_guid,
        parentcontactid as contact_guid,
        transactioncurrencyid as currency_guid,
        conversion_campaign,
        conversion_campaign_is_lookup,
        {{ filled_text('conversion_type') }} as conversion_type,
        -- value
        conversion_value,
        estimatedvalue as estimated_value,
        exchangerate as units_per_base_unit,
        -- time
        {{ dynamics_day('actualclosedate') }} as closed_on,
        {{ to_utc('conversion_time') }} as converted_at,
        {{ to_utc('createdon') }} as created_at,
        -- state
        statecode = 1 as is_won,
        is_deleted
    from source
)

select * from renamed
