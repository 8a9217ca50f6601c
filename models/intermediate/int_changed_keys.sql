{{ config(materialized='incremental', incremental_strategy='append') }}
{%- set changes_only = changed_people_only() -%}
{%- set known_facts = stored('int_crm_facts_built') %}

-- depends_on: {{ ref('int_changed_touch_ids') }}
-- depends_on: {{ ref('int_changed_conversion_ids') }}
-- depends_on: {{ ref('int_changed_touches') }}
-- depends_on: {{ ref('int_changed_conversions') }}
-- depends_on: {{ ref('int_crm_facts') }}

{% if not changes_only %}

    {{ empty_rows({'kind': 'varchar', 'changed_key': 'varchar'}) }}

{% else %}

-- What a changed record said before, and what it says now.
with changed_records as (
    {% for kind, plural in [('touch', 'touches'), ('conversion', 'conversions')] %}
        select
            given_lead_id,
            phone_key,
            email_key
        from {{ stored('int_' ~ plural) }}
        where {{ kind }}_id in (select {{ kind }}_id from {{ ref('int_changed_' ~ kind ~ '_ids') }})
        union all
        select
            given_lead_id,
            phone_key,
            email_key
        from {{ ref('int_changed_' ~ plural) }}
        {{ 'union all' if not loop.last }}
    {% endfor %}
),

facts as (
    select * from {{ known_facts }}
    union all
    select * from {{ ref('int_crm_facts') }}
),

changed_facts as (
    (select * from {{ ref('int_crm_facts') }} except select * from {{ known_facts }})
    union all
    (select * from {{ known_facts }} except select * from {{ ref('int_crm_facts') }})
),

-- Where only a record names a lead, the lead's creation may be another; it stays the same person.
named_leads as (
    select
        given_lead_id as lead_id,
        0 as is_moved
    from changed_records
    where given_lead_id is not null
    union distinct
    select
        lead_id,
        1 as is_moved
    from changed_facts
),

-- A lead counts together with all that were merged into the same one, before or now.
survivors as (
    select
        lead_id,
        is_moved
    from named_leads
    union distinct
    select
        facts.surviving_lead_id as lead_id,
        named_leads.is_moved
    from facts
    inner join named_leads on facts.lead_id = named_leads.lead_id
),

changed_leads as (
    select
        lead_id,
        is_moved
    from survivors
    union distinct
    select
        facts.lead_id,
        survivors.is_moved
    from facts
    inner join survivors on facts.surviving_lead_id = survivors.lead_id
),

keys_of_leads as (
    {% for plural in ['touches', 'conversions'] %}
        select
            phone_key,
            email_key
        from {{ stored('int_' ~ plural) }}
        where
            coalesce(phone_key, email_key) is not null
            and given_lead_id in (select lead_id from changed_leads)
        union all
    {% endfor %}
    select
        phone_key,
        email_key
    from changed_records
),

changed_keys as (
    select phone_key as identity_key from keys_of_leads
    union distinct
    select email_key as identity_key from keys_of_leads
    union distinct
    select facts.identity_key
    from facts
    inner join changed_leads on facts.lead_id = changed_leads.lead_id
),

changes as (
    select distinct
        'lead' as kind,
        lead_id as changed_key
    from changed_leads
    where is_moved = 1
    union all
    select
        'key' as kind,
        identity_key as changed_key
    from changed_keys
    where identity_key is not null
)

select * from changes

{% endif %}
