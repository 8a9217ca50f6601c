{{ config(materialized='view', enabled='genesys' in var('sources') | string) }}
{%- set model = settings().exported_model %}

with attribution as (
    select * from {{ ref('fct_attribution') }}
    where source = 'genesys'
),

sessions as (
    select * from {{ ref('int_genesys__sessions') }}
),

-- One contact for each conversation, so that no credit is counted twice.
called_contacts as (
    select
        conversation_id,
        outbound_contact_list_id as contact_list_id,
        outbound_contact_id as contact_id
    from sessions
    where outbound_contact_list_id is not null and outbound_contact_id is not null
    qualify row_number() over (
            partition by conversation_id
            order by first_segment_at nulls last, session_id
        ) = 1
),

of_contacts as (
    select
        called_contacts.contact_list_id,
        called_contacts.contact_id,
        attribution.*,
        row_number() over (
            partition by called_contacts.contact_list_id, called_contacts.contact_id
            order by
                attribution.touched_at desc,
                attribution.touch_id desc,
                attribution.conversion_id desc
        ) as place_from_latest
    from attribution
    inner join called_contacts
        on attribution.touch_id = called_contacts.conversation_id
),

credited_contacts as (
    select
        contact_list_id,
        contact_id,
        {{ exact_sum(model ~ '_credit') }} as attribution_credit,
        cast(sum({{ model }}_value) as decimal(18, 2)) as attributed_value,
        '{{ model }}' as attribution_model,
        {{ exact_sum('single_win_credit') }} as single_win_credit,
        max(case when place_from_latest = 1 then campaign_id end) as campaign_id,
        max(case when place_from_latest = 1 then touch_sequence end) as touch_sequence,
        count(distinct conversion_id) as conversion_count,
        max(converted_at) as last_converted_at
    from of_contacts
    group by contact_list_id, contact_id
)

select * from credited_contacts
