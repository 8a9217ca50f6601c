with crm_leads as (
    select * from {{ ref('int_crm_leads') }}
),

touches as (
    select * from {{ ref('int_touches_in_utc') }}
),

conversions as (
    select * from {{ ref('int_conversions_in_utc') }}
),

-- Every instant that says something of a lead, the better knowledge first.
known_instants as (
    select
        surviving_lead_id as lead_id,
        1 as knowledge,
        created_at as known_at
    from crm_leads
    union all
    select
        given_lead_id as lead_id,
        2 as knowledge,
        lead_created_at as known_at
    from conversions
    where source = 'files'
    union all
    select
        given_lead_id as lead_id,
        3 as knowledge,
        touched_at as known_at
    from touches
    union all
    select
        given_lead_id as lead_id,
        3 as knowledge,
        converted_at as known_at
    from conversions
),

of_survivors as (
    select
        coalesce(crm_leads.surviving_lead_id, known_instants.lead_id) as lead_id,
        known_instants.knowledge,
        known_instants.known_at
    from known_instants
    left join crm_leads on known_instants.lead_id = crm_leads.lead_id
    where known_instants.lead_id is not null and known_instants.known_at is not null
),

best_known as (
    select
        lead_id,
        known_at as created_at
    from of_survivors
    qualify row_number() over (
            partition by lead_id order by knowledge asc, known_at asc
        ) = 1
)

select * from best_known
