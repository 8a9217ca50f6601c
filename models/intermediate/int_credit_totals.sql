with changes as (
    select
        *,
        coalesce(disposition_code, '(none)') as disposition
    from {{ ref('int_credit_changes') }}
),

totals as (
    select
        campaign_id,
        touch_sequence,
        disposition as disposition_code,
        {{ credit_totals(sign='sign') }}
    from changes
    group by campaign_id, touch_sequence, disposition
),

with_kept as (
    {{ with_kept_totals(
        'totals',
        keys=['campaign_id', 'touch_sequence', 'disposition_code'],
        counts=['row_count', 'valued_row_count', 'credited_touch_count'],
        credits=columns_of_models('_credit'),
        values=columns_of_models('_value')
    ) }}
)

select * from with_kept
