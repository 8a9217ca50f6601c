{{ config(enabled='dynamics' in var('sources') | string) }}

with source as (
    select * from {{ dynamics_rows('campaign') }} as campaigns
),

renamed as (
    select
        -- ids
        id as campaign_guid,
        coalesce({{ filled_text('campaign_key') }}, id) as campaign_id,
        transactioncurrencyid as currency_guid,
        name as campaign_name,
        -- plan
        cast(typecode as varchar) as campaign_type,
        cast(statuscode as varchar) as campaign_status,
        coalesce({{ dynamics_day('actualstart') }}, {{ dynamics_day('proposedstart') }})
            as started_on,
        coalesce({{ dynamics_day('actualend') }}, {{ dynamics_day('proposedend') }}) as ended_on,
        -- cost
        totalactualcost as actual_cost,
        exchangerate as units_per_base_unit,
        is_deleted
    from source
)

select * from renamed
