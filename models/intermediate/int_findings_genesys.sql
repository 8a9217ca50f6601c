{{ config(enabled='genesys' in var('sources') | string) }}

with touches as (
    select * from {{ ref('int_genesys__touches') }}
),

conversations as (
    select * from {{ ref('stg_genesys__conversations') }}
),

skipped as (
    select * from {{ ref('int_genesys__skipped_conversations') }}
),

malformed as (
    select * from {{ ref('int_genesys__malformed_values') }}
),

-- What it lacks may come with the details jobs, so nothing else is said of it yet.
provisional as (
    select
        'provisional_touch' as finding,
        touch_id as record_id,
        'info' as severity,
        'Newer than the details jobs'' data, so its attributes are not known yet; '
        || case
            when campaign_id = '(untagged)' then 'nothing else names a campaign.'
            else 'the campaign is from ' || campaign_found_on || '.'
        end as detail
    from touches
    where is_provisional
),

untagged as (
    select
        'untagged_touch' as finding,
        touch_id as record_id,
        'warn' as severity,
        'No campaign on any participant, on the contact or in campaign_aliases: kept as (untagged).'
            as detail
    from touches
    where campaign_id = '(untagged)' and not is_provisional
),

on_other_participant as (
    select
        'campaign_on_other_participant' as finding,
        touch_id as record_id,
        'info' as severity,
        'Not on the customer''s participant but on another one, as after a transfer.'
            as detail
    from touches
    where campaign_found_on = 'other_participant'
),

from_contact as (
    select
        'campaign_from_contact' as finding,
        touch_id as record_id,
        'info' as severity,
        'The campaign was on no participant; the contact that the dialer called had it.' as detail
    from touches
    where campaign_found_on = 'contact' and not is_provisional
),

disagreeing as (
    select
        'participants_disagree' as finding,
        touch_id as record_id,
        'warn' as severity,
        'Two participants say different things of: ' || coalesce(disagreeing_attributes, '')
            as detail
    from touches
    where participants_disagree
),

sequence_missing as (
    select
        'touch_sequence_missing' as finding,
        touch_id as record_id,
        'warn' as severity,
        'The touch has a campaign, but nothing says which attempt it was.' as detail
    from touches
    where campaign_id != '(untagged)' and not touch_sequence_found and not is_provisional
),

sequence_not_a_number as (
    select
        'touch_sequence_not_a_number' as finding,
        touch_id as record_id,
        'warn' as severity,
        'The touch sequence is no whole number, so it was left empty.' as detail
    from touches
    where touch_sequence_text is not null
),

write_back_attributes as (
    select
        'write_back_attribute_dropped' as finding,
        conversation_id as record_id,
        'info' as severity,
        cast(dropped_attributes as varchar)
        || ' attributes of the write-back were there already and were not loaded.' as detail
    from conversations
    where dropped_attributes > 0
),

open_conversations as (
    select
        'open_conversation' as finding,
        conversation_id as record_id,
        'info' as severity,
        'Not a touch yet: the conversation has not ended.' as detail
    from skipped
    where reason = 'open_conversation'
),

inbound as (
    select
        'inbound_not_a_touch' as finding,
        '(all)' as record_id,
        'info' as severity,
        'Inbound conversations without a campaign, which are no outbound touches: '
        || cast(count(*) as varchar) || '.' as detail
    from skipped
    where reason = 'inbound_not_a_touch'
    having count(*) > 0
),

malformed_values as (
    select
        'malformed_value' as finding,
        conversation_id as record_id,
        'warn' as severity,
        'Not of the type that the API documents, so it was left out: '
        || {{ text_list('field', separator=', ', order_by='field') }} as detail
    from malformed
    group by conversation_id
),

all_findings as (
    {% for name in [
        'provisional', 'untagged', 'on_other_participant', 'from_contact', 'disagreeing', 'sequence_missing',
        'sequence_not_a_number', 'write_back_attributes', 'open_conversations', 'inbound',
        'malformed_values'
    ] %}
        select * from {{ name }}
        {{ 'union all' if not loop.last }}
    {% endfor %}
),

with_source as (
    select
        finding,
        'genesys' as source,
        record_id,
        severity,
        detail
    from all_findings
)

select * from with_source
