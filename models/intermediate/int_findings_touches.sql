with touches as (
    select * from {{ ref('int_touches') }}
),

unioned as (
    select * from {{ ref('int_touches_unioned') }}
),

with_earlier_sequence as (
    select
        *,
        max(touch_sequence) over (
            partition by person_key, campaign_id
            order by touched_at asc, touch_id asc
            rows between unbounded preceding and 1 preceding
        ) as largest_earlier_sequence
    from touches
    where campaign_id != '(untagged)'
),

out_of_order as (
    select
        'touch_sequence_out_of_order' as finding,
        source,
        touch_id as record_id,
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
        'info' as severity,
        'The touch names no lead; its phone led to exactly one.' as detail
    from touches
    where identity_match = 'phone' and lead_id is not null
),

found_by_email as (
    select
        'lead_found_by_email' as finding,
        source,
        touch_id as record_id,
        'info' as severity,
        'The touch names no lead; its e-mail led to exactly one.' as detail
    from touches
    where identity_match = 'email' and lead_id is not null
),

ambiguous as (
    select
        'ambiguous_identity' as finding,
        source,
        touch_id as record_id,
        'warn' as severity,
        'Several leads share its phone or e-mail; it went to lead ' || lead_id || '.' as detail
    from touches
    where identity_match = 'ambiguous'
),

without_identity as (
    select
        'touch_without_identity' as finding,
        source,
        touch_id as record_id,
        'warn' as severity,
        'Neither lead, phone nor e-mail: a person of its own, whom no conversion can meet.'
            as detail
    from touches
    where identity_match = 'none'
),

in_the_future as (
    select
        'future_timestamp' as finding,
        source,
        touch_id as record_id,
        'warn' as severity,
        'The touch lies in the future.' as detail
    from touches
    where touched_at > {{ current_utc() }}
),

without_campaign as (
    select
        'untagged_touch' as finding,
        source,
        touch_id as record_id,
        'warn' as severity,
        'The touch names no campaign: kept as (untagged).' as detail
    from touches
    where campaign_id = '(untagged)' and source = 'files'
),

doubled_ids as (
    select
        'id_named_by_two_sources' as finding,
        source,
        touch_id as record_id,
        'error' as severity,
        'Another source has a touch of this id; this row was left out.' as detail
    from unioned
    where id_rank > 1
),

all_findings as (
    {% for name in [
        'out_of_order', 'found_by_phone', 'found_by_email', 'ambiguous', 'without_identity',
        'in_the_future', 'without_campaign', 'doubled_ids'
    ] %}
        select * from {{ name }}
        {{ 'union all' if not loop.last }}
    {% endfor %}
)

select * from all_findings
