{{ config(enabled='salesforce' in var('sources') | string) }}

with tasks as (
    select * from {{ ref('stg_salesforce__tasks') }}
    where not is_deleted
),

responses as (
    select * from {{ ref('stg_salesforce__campaign_members') }}
    where not is_deleted and first_responded_on is not null
),

contacts as (
    select * from {{ ref('int_salesforce__contacts') }}
),

emails as (
    select
        task_id as touch_id,
        who_id,
        case when substr(what_id, 1, 3) = '701' then what_id end as campaign_id,
        'email' as channel,
        coalesce(completed_at, created_at) as ended_at,
        cast(null as date) as ended_on
    from tasks
),

campaign_responses as (
    select
        campaign_member_id as touch_id,
        coalesce(lead_id, contact_id) as who_id,
        campaign_id,
        'campaign_response' as channel,
        cast(null as timestamp) as ended_at,
        first_responded_on as ended_on
    from responses
),

both_kinds as (
    select * from emails
    union all
    select * from campaign_responses
),

-- On conversion both kinds move to the contact: it is the lead that it was converted from.
with_lead as (
    select
        both_kinds.touch_id,
        case
            when contacts.contact_id is not null then contacts.lead_id
            when substr(both_kinds.who_id, 1, 3) = '00Q' then both_kinds.who_id
        end as lead_id,
        coalesce(contacts.phone_key, contacts.mobile_phone_key) as phone_key,
        contacts.email_key,
        coalesce(both_kinds.campaign_id, '(untagged)') as campaign_id,
        cast(null as integer) as touch_sequence,
        both_kinds.channel,
        both_kinds.ended_at as started_at,
        both_kinds.ended_on as started_on,
        both_kinds.ended_at,
        both_kinds.ended_on,
        true as is_connected,
        cast(null as varchar) as agent_id,
        cast(null as varchar) as queue_id,
        cast(null as varchar) as ivr_node_id,
        cast(null as varchar) as disposition_code,
        cast(null as varchar) as lead_source,
        cast(null as bigint) as handle_seconds,
        cast(null as decimal(18, 4)) as cost
    from both_kinds
    left join contacts on both_kinds.who_id = contacts.contact_id
)

select * from with_lead
