with asking as (
    {% for records in ['int_touches_to_identify', 'int_conversions_to_identify'] %}
        select
            phone_key,
            email_key
        from {{ ref(records) }}
        where given_lead_id is null and coalesce(phone_key, email_key) is not null
        {{ 'union all' if not loop.last }}
    {% endfor %}
),

asked_keys as (
    select phone_key as identity_key from asking
    where phone_key is not null
    union distinct
    select email_key as identity_key from asking
    where email_key is not null
),

ties as (
    select distinct
        named_together.identity_key,
        named_together.lead_id
    from {{ ref('int_named_together') }} as named_together
    inner join asked_keys on named_together.identity_key = asked_keys.identity_key
),

counted as (
    select
        *,
        count(*) over (partition by identity_key) as lead_count
    from ties
),

-- When a lead was created matters only where several leads have one phone or e-mail.
contested_leads as (
    select distinct lead_id from counted
    where lead_count > 1
),

creations as (
    {{ lead_creations(leads='contested_leads') | indent(4) }}
),

with_creation as (
    select
        counted.identity_key,
        counted.lead_id,
        creations.created_at,
        counted.lead_count
    from counted
    left join creations on counted.lead_id = creations.lead_id
)

select * from with_creation
