{{ config(enabled='dynamics' in var('sources') | string) }}

with recursive leads as (
    select * from {{ ref('stg_dynamics__leads') }}
),

{{ merge_chain_ends('lead_guid') }},

with_survivor as (
    select
        leads.lead_guid,
        leads.lead_id,
        chain_ends.surviving_lead_guid,
        coalesce(survivors.lead_id, chain_ends.surviving_lead_guid) as surviving_lead_id,
        leads.lead_guid != chain_ends.surviving_lead_guid as is_merged,
        coalesce(survivors.is_deleted, false) as is_deleted,
        survivors.created_at
    from leads
    inner join chain_ends on leads.lead_guid = chain_ends.lead_guid
    left join leads as survivors on chain_ends.surviving_lead_guid = survivors.lead_guid
)

select * from with_survivor
