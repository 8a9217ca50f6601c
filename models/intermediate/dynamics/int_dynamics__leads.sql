with recursive leads as (
    select * from {{ ref('stg_dynamics__leads') }}
),

-- A survivor can be merged away in turn; the depth ends a chain that bites its own tail.
merge_chain (lead_guid, reached_lead_guid, depth) as (
    select
        lead_guid,
        lead_guid as reached_lead_guid,
        0 as depth
    from leads

    union all

    select
        merge_chain.lead_guid,
        leads.merged_into_lead_guid as reached_lead_guid,
        merge_chain.depth + 1 as depth
    from merge_chain
    inner join leads on merge_chain.reached_lead_guid = leads.lead_guid
    where leads.merged_into_lead_guid is not null and merge_chain.depth < 100
),

chain_ends as (
    select
        lead_guid,
        reached_lead_guid as surviving_lead_guid
    from merge_chain
    qualify row_number() over (partition by lead_guid order by depth desc) = 1
),

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
