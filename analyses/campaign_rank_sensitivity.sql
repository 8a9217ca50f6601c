{#- Name; what the decay rate is multiplied by; the power to which the channel weights are raised:
with 0 all weigh the same, with 1 they are as set, with 2 they are squared. Add your own; all are
compared with the first. -#}
{%- set scenarios = [
    ('as set', 1, 1),
    ('no decay', 0, 1),
    ('decay rate / 4', 0.25, 1),
    ('decay rate / 2', 0.5, 1),
    ('decay rate x 2', 2, 1),
    ('decay rate x 4', 4, 1),
    ('all channels weigh the same', 1, 0),
    ('weights squared', 1, 2),
] -%}
{%- set seconds_per_unit = {'hour': 3600, 'day': 86400, 'week': 604800} -%}
{%- set decay_rate_per_hour =
    settings().decay_rate * 3600 / seconds_per_unit[settings().decay_time_unit] -%}

with attribution as (
    select * from {{ ref('fct_attribution') }}
),

conversions as (
    select * from {{ ref('fct_conversions') }}
),

campaigns as (
    select * from {{ ref('dim_campaigns') }}
),

scenarios as (
    {% for scenario, decay_rate_factor, weight_power in scenarios %}
        select
            '{{ scenario }}' as scenario,
            {{ decay_rate_factor }} as decay_rate_factor,
            {{ weight_power }} as weight_power
        {{ 'union all' if not loop.last }}
    {% endfor %}
),

-- In logarithms, so that only the distance from the largest term counts, however long the journey.
-- A weight of 0 has none, and leaves its touch out.
log_terms as (
    select
        scenarios.scenario,
        attribution.conversion_id,
        attribution.campaign_id,
        -cast({{ decay_rate_per_hour }} as double) * scenarios.decay_rate_factor
        * (
            attribution.hours_to_conversion
            - min(attribution.hours_to_conversion) over (partition by attribution.conversion_id)
        ) as decay_log,
        case
            when scenarios.weight_power = 0 then 0
            when attribution.channel_weight > 0
                then scenarios.weight_power * ln(nullif(attribution.channel_weight, 0))
        end as weight_log
    from attribution
    cross join scenarios
),

-- Where every touch of a journey weighs 0, the weights take no part.
weighted as (
    select
        scenario,
        conversion_id,
        campaign_id,
        case
            when max(weight_log) over (partition by scenario, conversion_id) is null then decay_log
            else decay_log + weight_log
        end as log_term
    from log_terms
),

terms as (
    select
        scenario,
        conversion_id,
        campaign_id,
        coalesce(
            exp(log_term - max(log_term) over (partition by scenario, conversion_id)), 0
        ) as term
    from weighted
),

credits as (
    select
        scenario,
        conversion_id,
        campaign_id,
        term / sum(term) over (partition by scenario, conversion_id) as credit
    from terms
),

by_campaign as (
    select
        credits.scenario,
        credits.campaign_id,
        round(sum(credits.credit), 6) as credit,
        round(sum(credits.credit * conversions.conversion_value_reporting), 2) as attributed_value
    from credits
    inner join conversions on credits.conversion_id = conversions.conversion_id
    group by credits.scenario, credits.campaign_id
),

ranked as (
    select
        *,
        rank() over (
            partition by scenario order by coalesce(attributed_value, 0) desc, credit desc
        ) as campaign_rank
    from by_campaign
),

compared as (
    select
        ranked.scenario,
        ranked.campaign_rank,
        as_set.campaign_rank - ranked.campaign_rank as places_gained,
        ranked.campaign_id,
        campaigns.campaign_name,
        ranked.credit,
        ranked.attributed_value,
        ranked.attributed_value - as_set.attributed_value as value_gained
    from ranked
    inner join ranked as as_set
        on ranked.campaign_id = as_set.campaign_id and as_set.scenario = '{{ scenarios[0][0] }}'
    left join campaigns on ranked.campaign_id = campaigns.campaign_id
)

select * from compared
order by scenario asc, campaign_rank asc, campaign_id asc
