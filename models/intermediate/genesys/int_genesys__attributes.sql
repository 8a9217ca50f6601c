{{ config(enabled='genesys' in var('sources') | string) }}
{%- set attributes = ['campaign_id', 'touch_sequence', 'lead_source', 'lead_id'] %}

with participants as (
    select * from {{ ref('int_genesys__participants') }}
),

sessions as (
    select * from {{ ref('int_genesys__sessions') }}
),

contacts as (
    select * from {{ ref('stg_genesys__contacts') }}
),

campaign_aliases as (
    select * from {{ ref('campaign_aliases') }}
),

-- Where a value may stand: the smaller rank is asked first, within it the one that came first.
on_participants as (
    {% for attribute in attributes %}
        select
            conversation_id,
            '{{ attribute }}' as attribute,
            case when is_customer then 1 else 2 end as source_rank,
            first_segment_at as came_at,
            participant_id as came_by,
            {{ attribute }}_text as raw_value
        from participants
        {{ 'union all' if not loop.last }}
    {% endfor %}
),

contacts_of_sessions as (
    select
        sessions.conversation_id,
        case when sessions.is_customer then 3 else 4 end as source_rank,
        sessions.first_segment_at as came_at,
        sessions.session_id as came_by,
        contacts.campaign_id_text,
        contacts.touch_sequence_text,
        contacts.lead_source_text,
        contacts.lead_id_text
    from sessions
    inner join contacts
        on
            sessions.outbound_contact_id = contacts.contact_id
            and sessions.outbound_contact_list_id = contacts.contact_list_id
),

on_contacts as (
    {% for attribute in attributes %}
        select
            conversation_id,
            '{{ attribute }}' as attribute,
            source_rank,
            came_at,
            came_by,
            {{ attribute }}_text as raw_value
        from contacts_of_sessions
        {{ 'union all' if not loop.last }}
    {% endfor %}
),

aliases as (
    select
        sessions.conversation_id,
        'campaign_id' as attribute,
        5 as source_rank,
        sessions.first_segment_at as came_at,
        sessions.session_id as came_by,
        campaign_aliases.campaign_id as raw_value
    from sessions
    inner join campaign_aliases
        on sessions.outbound_campaign_id = trim(campaign_aliases.outbound_campaign_id)
),

every_value as (
    select * from on_participants
    union all
    select * from on_contacts
    union all
    select * from aliases
),

trimmed as (
    select
        *,
        {{ filled_text('raw_value') }} as trimmed_value
    from every_value
),

cleaned as (
    select
        *,
        case
            when attribute in ('campaign_id', 'lead_id')
                then {{ salesforce_id_18('trimmed_value') }}
            else trimmed_value
        end as attribute_value
    from trimmed
    where trimmed_value is not null
),

disagreements as (
    select
        conversation_id,
        attribute,
        count(distinct attribute_value) > 1 as participants_disagree
    from cleaned
    where source_rank <= 2
    group by conversation_id, attribute
),

first_found as (
    select *
    from cleaned
    qualify row_number() over (
            partition by conversation_id, attribute
            order by source_rank, came_at nulls last, came_by, attribute_value
        ) = 1
),

found as (
    select
        first_found.conversation_id,
        first_found.attribute,
        first_found.attribute_value,
        case first_found.source_rank
            when 1 then 'customer'
            when 2 then 'other_participant'
            when 5 then 'alias'
            else 'contact'
        end as found_on,
        coalesce(disagreements.participants_disagree, false) as participants_disagree,
        first_found.raw_value != first_found.trimmed_value as was_trimmed
    from first_found
    left join disagreements
        on
            first_found.conversation_id = disagreements.conversation_id
            and first_found.attribute = disagreements.attribute
)

select * from found
