{{ config(enabled='webhook' in var('sources') | string) }}
{%- set has_crm = sources_of_conversions() | length > 1 -%}

with matches as (
    select * from {{ ref('int_webhook_matches') }}
),

undecided as (
    select
        'webhook_event_undecided' as finding,
        'webhook' as source,
        event_conversion_id as record_id,
        'warn' as severity,
        'Its lead has more than one conversion or event left on that day (conversions: '
        || cast(record_count as varchar) || ', events: ' || cast(event_count as varchar)
        || '), so it is counted by itself.' as detail
    from matches
    where outcome = 'several'
),

without_record as (
    select
        'webhook_event_without_record' as finding,
        'webhook' as source,
        event_conversion_id as record_id,
        'info' as severity,
        'No record of the CRM belongs to it (yet), so it is counted by itself.' as detail
    from matches
    where outcome = 'none' and {{ '1 = 1' if has_crm else '1 = 0' }}
),

all_findings as (
    select * from undecided
    union all
    select * from without_record
)

select * from all_findings
