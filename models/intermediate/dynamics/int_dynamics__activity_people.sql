{{ config(enabled='dynamics' in var('sources') | string) }}

with parties as (
    select * from {{ ref('stg_dynamics__activity_parties') }}
    where
        coalesce(party_type, '') not in (
            'systemuser', 'queue', 'team', 'equipment', 'facilityequipment'
        )
),

leads as (
    select * from {{ ref('int_dynamics__leads') }}
),

contacts as (
    select * from {{ ref('int_dynamics__contacts') }}
),

activities as (
    select
        activity_id,
        regarding_guid,
        regarding_type
    from {{ ref('stg_dynamics__emails') }}
    union all
    select
        activity_id,
        regarding_guid,
        regarding_type
    from {{ ref('stg_dynamics__phone_calls') }}
),

-- Who took part, or where nobody is named, whom the activity was about.
named as (
    select
        activity_id,
        case role when 'cc' then 2 when 'bcc' then 3 else 1 end as precedence,
        party_guid,
        email_key
    from parties
    union all
    select
        activity_id,
        4 as precedence,
        regarding_guid as party_guid,
        cast(null as varchar) as email_key
    from activities
    where
        regarding_type in ('lead', 'contact')
        and activity_id not in (select parties.activity_id from parties)
),

people as (
    select
        named.activity_id,
        named.precedence,
        coalesce(leads.lead_id, contacts.lead_id) as lead_id,
        coalesce(contacts.phone_key, contacts.mobile_phone_key) as phone_key,
        coalesce(contacts.email_key, named.email_key) as email_key,
        coalesce(leads.lead_id, contacts.lead_id, named.party_guid, named.email_key) as person_ref
    from named
    left join leads on named.party_guid = leads.lead_guid
    left join contacts on named.party_guid = contacts.contact_id
),

-- A lead and its contact in one e-mail are one person.
once_each as (
    select *
    from people
    where person_ref is not null
    qualify row_number() over (
            partition by activity_id, person_ref
            order by precedence asc, phone_key asc nulls last, email_key asc nulls last
        ) = 1
),

numbered as (
    select
        activity_id,
        person_ref,
        lead_id,
        phone_key,
        email_key,
        row_number() over (
            partition by activity_id order by precedence asc, person_ref asc
        ) as person_number
    from once_each
)

select * from numbered
