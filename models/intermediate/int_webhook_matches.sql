{{ config(enabled='webhook' in var('sources') | string) }}
{%- set crm_sources = sources_of_conversions() | reject('equalto', 'webhook') | list -%}

with events as (
    select
        *,
        cast({{ utc_to_local('converted_at', settings().crm_timezone) }} as date) as local_day
    from {{ ref('int_webhook__conversions') }}
),

records_of_sources as (
    {% for source in crm_sources %}
        select
            {{ loop.index }} as source_rank,
            conversion_id,
            lead_id,
            coalesce(
                converted_on,
                cast({{ utc_to_local('converted_at', settings().crm_timezone) }} as date)
            ) as local_day
        from {{ ref('int_' ~ source ~ '__conversions') }}
        {{ 'union all' if not loop.last }}
    {% else %}
        {{ empty_rows({
            'source_rank': 'integer',
            'conversion_id': 'varchar',
            'lead_id': 'varchar',
            'local_day': 'date'
        }) }}
    {% endfor %}
),

records as (
    select * from records_of_sources
    qualify row_number() over (partition by conversion_id order by source_rank asc) = 1
),

crm_leads as (
    select * from {{ ref('int_crm_leads') }}
),

by_id as (
    select
        events.conversion_id as event_conversion_id,
        records.conversion_id
    from events
    inner join records on events.conversion_id = records.conversion_id
),

-- What no id has joined may meet by lead and day; a merged lead is its survivor.
events_left as (
    select
        events.conversion_id,
        events.local_day,
        coalesce(crm_leads.surviving_lead_id, events.lead_id) as lead_id
    from events
    left join crm_leads on events.lead_id = crm_leads.lead_id
    where
        not events.names_record
        and events.conversion_id not in (select by_id.event_conversion_id from by_id)
),

records_left as (
    select
        records.conversion_id,
        records.local_day,
        coalesce(crm_leads.surviving_lead_id, records.lead_id) as lead_id
    from records
    left join crm_leads on records.lead_id = crm_leads.lead_id
    where records.conversion_id not in (select by_id.conversion_id from by_id)
),

pairs as (
    select
        events_left.conversion_id as event_conversion_id,
        records_left.conversion_id,
        count(*) over (partition by events_left.conversion_id) as record_count,
        count(*) over (partition by records_left.conversion_id) as event_count
    from events_left
    inner join records_left
        on
            events_left.lead_id = records_left.lead_id
            and events_left.local_day = records_left.local_day
),

by_day as (
    select
        event_conversion_id,
        conversion_id
    from pairs
    where record_count = 1 and event_count = 1
),

-- Where several could be meant, none is taken: the event stays apart, and is a finding.
undecided as (
    select
        event_conversion_id,
        max(record_count) as record_count,
        max(event_count) as event_count
    from pairs
    where record_count > 1 or event_count > 1
    group by event_conversion_id
),

outcomes as (
    select
        events.conversion_id as event_conversion_id,
        coalesce(by_id.conversion_id, by_day.conversion_id) as conversion_id,
        case
            when by_id.conversion_id is not null then 'by_id'
            when by_day.conversion_id is not null then 'by_day'
            when undecided.event_conversion_id is not null then 'several'
            else 'none'
        end as outcome,
        events.converted_at,
        undecided.record_count,
        undecided.event_count
    from events
    left join by_id on events.conversion_id = by_id.event_conversion_id
    left join by_day on events.conversion_id = by_day.event_conversion_id
    left join undecided on events.conversion_id = undecided.event_conversion_id
)

select * from outcomes
