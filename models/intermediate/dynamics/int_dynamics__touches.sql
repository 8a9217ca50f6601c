{{ config(enabled='dynamics' in var('sources') | string) }}

with people as (
    select * from {{ ref('int_dynamics__activity_people') }}
),

campaigns as (
    select * from {{ ref('stg_dynamics__campaigns') }}
),

emails as (
    select
        activity_id,
        regarding_guid,
        'email' as channel,
        true as is_connected,
        coalesce(sent_at, completed_at, created_at) as ended_at,
        cast(null as date) as ended_on,
        cast(null as varchar) as phone_key,
        cast(null as varchar) as email_key
    from {{ ref('stg_dynamics__emails') }}
    where is_outgoing and is_completed and not is_deleted
),

responses as (
    select
        activity_id,
        regarding_guid,
        'campaign_response' as channel,
        true as is_connected,
        case when received_on is null then created_at end as ended_at,
        received_on as ended_on,
        phone_key,
        email_key
    from {{ ref('stg_dynamics__campaign_responses') }}
    where not is_canceled and not is_deleted
),

{% if settings().dynamics_phone_calls_are_touches %}

phone_calls as (
    select
        activity_id,
        regarding_guid,
        'outbound_call' as channel,
        not is_voicemail as is_connected,
        coalesce(completed_at, created_at) as ended_at,
        cast(null as date) as ended_on,
        cast(null as varchar) as phone_key,
        cast(null as varchar) as email_key
    from {{ ref('stg_dynamics__phone_calls') }}
    where is_outgoing and is_completed and not is_deleted
),

{% endif %}

all_kinds as (
    select * from emails
    union all
    select * from responses
    {% if settings().dynamics_phone_calls_are_touches %}
        union all
        select * from phone_calls
    {% endif %}
),

-- An activity with several people is a touch of each: the first has its id, the others a longer
-- one.
with_person as (
    select
        case
            when coalesce(people.person_number, 1) = 1 then all_kinds.activity_id
            else all_kinds.activity_id || '/' || people.person_ref
        end as touch_id,
        people.lead_id,
        coalesce(people.phone_key, all_kinds.phone_key) as phone_key,
        coalesce(people.email_key, all_kinds.email_key) as email_key,
        coalesce(campaigns.campaign_id, '(untagged)') as campaign_id,
        cast(null as integer) as touch_sequence,
        all_kinds.channel,
        all_kinds.ended_at as started_at,
        all_kinds.ended_on as started_on,
        all_kinds.ended_at,
        all_kinds.ended_on,
        all_kinds.is_connected,
        cast(null as varchar) as agent_id,
        cast(null as varchar) as queue_id,
        cast(null as varchar) as ivr_node_id,
        cast(null as varchar) as disposition_code,
        cast(null as varchar) as lead_source,
        cast(null as bigint) as handle_seconds,
        cast(null as decimal(18, 4)) as cost
    from all_kinds
    left join people on all_kinds.activity_id = people.activity_id
    left join campaigns on all_kinds.regarding_guid = campaigns.campaign_guid
)

select * from with_person
