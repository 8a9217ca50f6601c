{{ config(
    materialized='incremental',
    incremental_strategy='replace_people',
    unique_key='person_id',
    on_schema_change='fail'
) }}
{%- set changes_only = changed_people_only() %}
{#- All touches are read where they are: a CTE read by several findings would be held in memory. #}
{%- set touches = 'touches_of_changed_people' if changes_only else ref('int_touches') %}

with
{% if changes_only %}
    touches_of_changed_people as (
        select
            source,
            touch_id,
            person_id,
            identity_match,
            campaign_id,
            touch_sequence,
            touched_at
        from {{ ref('int_touches') }}
        where person_id in (select person_id from {{ ref('int_changed_people') }})
    ),

{% endif %}
with_earlier_sequence as (
    select
        source,
        touch_id,
        person_id,
        touch_sequence,
        max(touch_sequence) over (
            partition by person_id, campaign_id
            order by touched_at asc, touch_id asc
            rows between unbounded preceding and 1 preceding
        ) as largest_earlier_sequence
    from {{ touches }}
    where campaign_id != '(untagged)' and touch_sequence is not null
),

out_of_order as (
    select
        'touch_sequence_out_of_order' as finding,
        source,
        touch_id as record_id,
        person_id,
        'warn' as severity,
        'Sequence ' || cast(touch_sequence as varchar) || ' came after sequence '
        || cast(largest_earlier_sequence as varchar)
        || ' of the same person and campaign.' as detail
    from with_earlier_sequence
    where touch_sequence < largest_earlier_sequence
),

found_by_phone as (
    select
        'lead_found_by_phone' as finding,
        source,
        touch_id as record_id,
        person_id,
        'info' as severity,
        'The touch names no lead; its phone led to exactly one.' as detail
    from {{ touches }}
    where identity_match = 'phone' and {{ lead_of_person('person_id') }} is not null
),

found_by_email as (
    select
        'lead_found_by_email' as finding,
        source,
        touch_id as record_id,
        person_id,
        'info' as severity,
        'The touch names no lead; its e-mail led to exactly one.' as detail
    from {{ touches }}
    where identity_match = 'email' and {{ lead_of_person('person_id') }} is not null
),

ambiguous as (
    select
        'ambiguous_identity' as finding,
        source,
        touch_id as record_id,
        person_id,
        'warn' as severity,
        'Several leads share its phone or e-mail; it went to lead '
        || {{ lead_of_person('person_id') }} || '.' as detail
    from {{ touches }}
    where identity_match = 'ambiguous'
),

without_identity as (
    select
        'touch_without_identity' as finding,
        source,
        touch_id as record_id,
        person_id,
        'warn' as severity,
        'Neither lead, phone nor e-mail: a person of its own, whom no conversion can meet.'
            as detail
    from {{ touches }}
    where identity_match = 'none'
),

without_campaign as (
    select
        'untagged_touch' as finding,
        source,
        touch_id as record_id,
        person_id,
        'warn' as severity,
        'The touch names no campaign: kept as (untagged).' as detail
    from {{ touches }}
    where campaign_id = '(untagged)' and source = 'files'
),

all_findings as (
    {% for name in [
        'out_of_order', 'found_by_phone', 'found_by_email', 'ambiguous', 'without_identity',
        'without_campaign'
    ] %}
        select * from {{ name }}
        {{ 'union all' if not loop.last }}
    {% endfor %}
)

select * from all_findings
