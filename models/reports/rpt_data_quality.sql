with findings as (
    {% if 'genesys' in settings().sources %}
        select * from {{ ref('int_findings_genesys') }}
        union all
    {% endif %}
    {% if 'webhook' in settings().sources %}
        select * from {{ ref('int_findings_webhook') }}
        union all
    {% endif %}
    {% for name in [
        'int_findings_touches', 'int_findings_conversions', 'int_findings_forgotten'
    ] %}
        select
            finding,
            source,
            record_id,
            severity,
            detail
        from {{ ref(name) }}
        union all
    {% endfor %}
    select * from {{ ref('int_findings_records') }}
    union all
    select * from {{ ref('int_findings_catalogue') }}
    union all
    select * from {{ ref('int_findings_marks') }}
    union all
    select * from {{ ref('int_findings_late_campaigns') }}
    union all
    select
        'late_source' as finding,
        source,
        source as record_id,
        'error' as severity,
        'The last good load is more than {{ settings().freshness_error_hours }} hours old.'
            as detail
    from {{ ref('int_late_sources') }}
),

-- A touch and a conversion of a file may have the same id; one row stands for both.
one_per_record as (
    select * from findings
    qualify row_number() over (
            partition by finding, source, record_id order by detail asc
        ) = 1
),

conversions as (
    select
        conversion_id,
        conversion_value_reporting
    from {{ ref('int_conversions') }}
    where conversion_id in (select one_per_record.record_id from one_per_record)
),

credit_of_touches as (
    select
        touch_id,
        sum({{ settings().exported_model }}_value) as attributed_value
    from {{ ref('fct_attribution') }}
    where touch_id in (select one_per_record.record_id from one_per_record)
    group by touch_id
),

forgotten as (
    select * from {{ ref('int_findings_forgotten') }}
),

-- Of a conversion its value, of a touch the value that the exported model gives it.
with_value as (
    select
        one_per_record.finding,
        one_per_record.source,
        one_per_record.record_id,
        one_per_record.severity,
        one_per_record.detail,
        cast(
            coalesce(
                conversions.conversion_value_reporting,
                credit_of_touches.attributed_value,
                forgotten.value_at_stake
            ) as decimal(18, 2)
        ) as value_at_stake
    from one_per_record
    left join conversions on one_per_record.record_id = conversions.conversion_id
    left join credit_of_touches on one_per_record.record_id = credit_of_touches.touch_id
    left join forgotten
        on
            one_per_record.finding = forgotten.finding
            and one_per_record.source = forgotten.source
            and one_per_record.record_id = forgotten.record_id
)

select * from with_value
