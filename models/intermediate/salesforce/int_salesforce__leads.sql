with recursive leads as (
    select * from {{ ref('stg_salesforce__leads') }}
),

-- A survivor can be merged away in turn; the depth ends a chain that bites its own tail.
merge_chain (lead_id, reached_lead_id, depth) as (
    select
        lead_id,
        lead_id as reached_lead_id,
        0 as depth
    from leads

    union all

    select
        merge_chain.lead_id,
        leads.merged_into_lead_id as reached_lead_id,
        merge_chain.depth + 1 as depth
    from merge_chain
    inner join leads on merge_chain.reached_lead_id = leads.lead_id
    where leads.merged_into_lead_id is not null and merge_chain.depth < 100
),

chain_ends as (
    select
        lead_id,
        reached_lead_id as surviving_lead_id
    from merge_chain
    qualify row_number() over (partition by lead_id order by depth desc) = 1
),

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
