-- A touch and a conversion of a file may have the same id: one finding stands for both.
with marks as (
    select * from {{ ref('int_marks') }}
),

unparsable_phones as (
    select distinct
        'unparsable_phone' as finding,
        source,
        record_id,
        'warn' as severity,
        'The phone is no number, so it identifies nobody.' as detail
    from marks
    where phone_is_unparsable
),

lead_ids_trimmed as (
    select distinct
        'lead_id_trimmed' as finding,
        source,
        record_id,
        'info' as severity,
        'The lead id had blanks around it.' as detail
    from marks
    where lead_id_was_trimmed
),

all_findings as (
    select * from unparsable_phones
    union all
    select * from lead_ids_trimmed
)

select * from all_findings
