with seed_costs as (
    select
        'seed' as cost_source,
        1 as precedence,
        campaign_id,
        cost_date,
        channel,
        cost,
        currency
    from {{ ref('campaign_costs') }}
),

{% if 'files' in settings().sources %}

    file_costs as (
        select
            'files' as cost_source,
            2 as precedence,
            campaign_id,
            cost_date,
            channel,
            cost,
            currency
        from {{ ref('stg_files__costs') }}
    ),

{% endif %}
{% if crm_sources() %}

    crm_campaigns as (
        select
            source,
            campaign_id,
            actual_cost,
            currency,
            least(coalesce(started_on, ended_on), coalesce(ended_on, started_on)) as first_day,
            greatest(coalesce(started_on, ended_on), coalesce(ended_on, started_on)) as last_day
        from {{ ref('int_crm_campaigns') }}
        where actual_cost is not null and actual_cost != 0 and not is_deleted
    ),

    crm_campaign_days as (
        select
            *,
            coalesce({{ seconds_between(
            'cast(first_day as timestamp)', 'cast(last_day as timestamp)'
        ) }} / 86400 + 1, 1) as day_count
        from crm_campaigns
    ),

    -- Each day is the difference of two rounded running totals, so that the days sum to the whole.
    crm_costs as (
        select
            crm_campaign_days.source as cost_source,
            3 as precedence,
            crm_campaign_days.campaign_id,
            cast({{ add_seconds(
            'cast(crm_campaign_days.first_day as timestamp)', 'numbers.n * 86400'
        ) }} as date) as cost_date,
            cast(null as varchar) as channel,
            cast(
                round(
                    cast(crm_campaign_days.actual_cost * (numbers.n + 1) as decimal(38, 4))
                    / crm_campaign_days.day_count, 4
                )
                - round(
                    cast(crm_campaign_days.actual_cost * numbers.n as decimal(38, 4))
                    / crm_campaign_days.day_count, 4
                )
                as decimal(18, 4)
            ) as cost,
            crm_campaign_days.currency
        from crm_campaign_days
        inner join {{ ref('int_numbers') }} as numbers
            on crm_campaign_days.day_count > numbers.n
    ),

{% endif %}
all_costs as (
    select * from seed_costs
    {% if 'files' in settings().sources %}
        union all
        select * from file_costs
    {% endif %}
    {% if crm_sources() %}
        union all
        select * from crm_costs
    {% endif %}
),

-- Campaign by campaign the first source that knows a cost is the one that counts.
first_source_only as (
    select
        cost_source,
        campaign_id,
        cost_date,
        channel,
        cost,
        coalesce(currency, '{{ settings().reporting_currency }}') as currency
    from all_costs
    qualify precedence = min(precedence) over (partition by campaign_id)
)

select * from first_source_only
