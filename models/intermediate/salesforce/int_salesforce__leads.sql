{{ config(enabled='salesforce' in var('sources') | string) }}

with recursive leads as (
    select * from {{ ref('stg_salesforce__leads') }}
),

{{ merge_chain_ends('lead_id') }},

with_survivor as (
    select
        chain_ends.lead_id,
        chain_ends.surviving_lead_id,
        chain_ends.lead_id != chain_ends.surviving_lead_id as is_merged,
        coalesce(survivors.is_deleted, false) as is_deleted,
        survivors.created_at
    from chain_ends
    left join leads as survivors on chain_ends.surviving_lead_id = survivors.lead_id
)

select * from with_survivor
