{{ config(enabled='dynamics' in var('sources') | string) }}

with campaigns as (
    select * from {{ ref('stg_dynamics__campaigns') }}
),

currencies as (
    select * from {{ ref('stg_dynamics__currencies') }}
),

-- The column that var dynamics_campaign_id_field names need not be unique: the campaign that is
-- still there, then the one that began first, stands for the others.
by_id as (
    select
        campaigns.campaign_id,
        campaigns.campaign_name,
        campaigns.campaign_type,
        campaigns.campaign_status,
        campaigns.started_on,
        campaigns.ended_on,
        campaigns.actual_cost,
        currencies.currency,
        campaigns.is_deleted
    from campaigns
    left join currencies on campaigns.currency_guid = currencies.currency_guid
    qualify row_number() over (
            partition by campaigns.campaign_id
            order by
                campaigns.is_deleted asc,
                campaigns.started_on asc nulls last,
                campaigns.campaign_guid asc
        ) = 1
)

select * from by_id
