-- Reports, by model, whose credit and value are not all that fct_attribution_credit gives.
{%- set reports = [
    'rpt_campaign_touch_sequence', 'rpt_agent_credit', 'rpt_ivr_node_credit',
    'rpt_disposition_credit', 'rpt_conversion_paths'
] %}

with given as (
    select
        attribution_model,
        count(distinct conversion_id) as conversion_count,
        sum(credit) as credit,
        sum(attributed_value) as attributed_value
    from {{ ref('fct_attribution_credit') }}
    group by attribution_model
),

reported as (
    {% for report in reports %}
        select
            '{{ report }}' as report,
            attribution_model,
            sum(credit) as credit,
            sum(attributed_value) as attributed_value
        from {{ ref(report) }}
        group by attribution_model
        {{ 'union all' if not loop.last }}
    {% endfor %}
),

report_names as (
    {% for report in reports %}
        select '{{ report }}' as report
        {{ 'union all' if not loop.last }}
    {% endfor %}
)

select
    report_names.report,
    given.attribution_model,
    given.credit as given_credit,
    reported.credit as reported_credit,
    given.attributed_value as given_value,
    reported.attributed_value as reported_value
from given
cross join report_names
left join reported
    on
        report_names.report = reported.report
        and given.attribution_model = reported.attribution_model
where
    reported.credit is null
    or abs(reported.credit - given.credit) > 1e-9 * greatest(given.conversion_count, 1)
    or coalesce(reported.attributed_value, 0) != coalesce(given.attributed_value, 0)
