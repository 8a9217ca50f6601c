{{ config(
    materialized='incremental',
    incremental_strategy='replace_people',
    unique_key='person_id',
    on_schema_change='fail'
) }}
{%- set changes_only = changed_people_only() %}

with all_conversions as (
    select
        source,
        conversion_id,
        person_id,
        lead_id,
        identity_match,
        is_deleted_lead,
        converted_at,
        compared_at,
        is_date_only,
        is_on_clock_change,
        conversion_value,
        currency,
        conversion_value_reporting
    from {{ ref('int_conversions') }}
    {% if changes_only %}
        where person_id in (select person_id from {{ ref('int_changed_people') }})
    {% endif %}
),

conversions as (
    select * from all_conversions
    where not is_deleted_lead
),

untouched as (
    select conversion_id from {{ ref('fct_conversions') }}
    where
        touch_count = 0
    {% if changes_only %}
            and person_key in (select person_key from {{ ref('int_changed_people') }})
        {% endif %}
),

touches as (
    select * from {{ ref('int_touches') }}
    {% if changes_only %}
        where person_id in (select person_id from {{ ref('int_changed_people') }})
    {% endif %}
),

date_only as (
    select
        'date_only_conversion' as finding,
        source,
        conversion_id as record_id,
        person_id,
        'info' as severity,
        'A day and no time: it stands for the '
        || '{{ settings().date_only_convention | replace("_", " ") }} '
        || 'in {{ settings().crm_timezone }}.'
            as detail
    from conversions
    where is_date_only
),

on_clock_change as (
    select
        'date_only_on_clock_change' as finding,
        source,
        conversion_id as record_id,
        person_id,
        'info' as severity,
        'The clocks change on that day in {{ settings().crm_timezone }}, so it has not 24 hours.'
            as detail
    from conversions
    where is_on_clock_change
),

touches_before as (
    select
        conversions.source,
        conversions.conversion_id,
        conversions.person_id,
        max(case
            when
                touches.ended_at <= conversions.converted_at
                and touches.compared_at = conversions.compared_at
                then touches.touch_id
        end) as touch_in_same_period,
        max(case
            when
                touches.started_at <= conversions.converted_at
                and touches.ended_at > conversions.converted_at
                then touches.touch_id
        end) as touch_under_way
    from conversions
    inner join touches on conversions.person_id = touches.person_id
    where
        touches.started_at <= conversions.converted_at
        and touches.compared_at >= conversions.compared_at
    group by conversions.source, conversions.conversion_id, conversions.person_id
),

in_same_period as (
    select
        'touch_in_conversion_period' as finding,
        source,
        conversion_id as record_id,
        person_id,
        'info' as severity,
        'Touch ' || touch_in_same_period
        || ' ended in the same {{ settings().timestamp_granularity }}, so it is not before it.'
            as detail
    from touches_before
    where touch_in_same_period is not null
),

during_touch as (
    select
        'converted_during_touch' as finding,
        source,
        conversion_id as record_id,
        person_id,
        'warn' as severity,
        'Marked while touch ' || touch_under_way
        || ' was under way, which so earns nothing; touch_anchor: start counts it.' as detail
    from touches_before
    where touch_under_way is not null
),

without_touch as (
    select
        'conversion_without_touch' as finding,
        source,
        conversion_id as record_id,
        person_id,
        'warn' as severity,
        'No touch of this person lies within {{ settings().lookback_window_days }} days before it.'
            as detail
    from conversions
    where conversion_id in (select untouched.conversion_id from untouched)
),

without_rate as (
    select
        'currency_without_rate' as finding,
        source,
        conversion_id as record_id,
        person_id,
        'error' as severity,
        'No rate from ' || currency
        || ' to {{ settings().reporting_currency }} on or before its day: the value counts nowhere.'
            as detail
    from conversions
    where conversion_value is not null and conversion_value_reporting is null
),

ambiguous as (
    select
        'ambiguous_identity' as finding,
        source,
        conversion_id as record_id,
        person_id,
        'warn' as severity,
        'Several leads share its phone or e-mail; it went to lead ' || lead_id || '.' as detail
    from conversions
    where identity_match = 'ambiguous'
),

refunds as (
    select
        'refund' as finding,
        source,
        conversion_id as record_id,
        person_id,
        'info' as severity,
        'The value is below 0 and is shared out as it is.' as detail
    from conversions
    where conversion_value < 0
),

without_value as (
    select
        'conversion_without_value' as finding,
        source,
        conversion_id as record_id,
        person_id,
        'info' as severity,
        'The source has no value for it: it counts as a conversion and adds no money.' as detail
    from conversions
    where conversion_value is null
),

of_deleted_leads as (
    select
        'conversion_of_deleted_lead' as finding,
        source,
        conversion_id as record_id,
        person_id,
        'warn' as severity,
        'Its lead was deleted in the CRM, so it is not counted.' as detail
    from all_conversions
    where is_deleted_lead
),

all_findings as (
    {% for name in [
        'date_only', 'on_clock_change', 'in_same_period', 'during_touch', 'without_touch',
        'without_rate', 'ambiguous', 'refunds', 'without_value',
        'of_deleted_leads'
    ] %}
        select * from {{ name }}
        {{ 'union all' if not loop.last }}
    {% endfor %}
)

select * from all_findings
