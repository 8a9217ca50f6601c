with touches as (
    select
        campaign_id,
        touch_sequence,
        coalesce(disposition_code, '(none)') as disposition_code,
        {{ touch_cost('cost', 'handle_seconds') }} as cost
    from {{ ref('int_touches') }}
),

campaign_costs as (
    select
        campaign_id,
        sum(cost_reporting) as cost
    from {{ ref('int_campaign_costs_reporting') }}
    group by campaign_id
),

grouped as (
    select
        campaign_id,
        touch_sequence,
        disposition_code,
        count(*) as touch_count,
        sum(cost) as own_cost
    from touches
    group by campaign_id, touch_sequence, disposition_code
),

counted as (
    select
        *,
        sum(touch_count) over (
            partition by campaign_id
            order by touch_sequence asc nulls last, disposition_code asc
            rows between unbounded preceding and current row
        ) as last_n,
        sum(touch_count) over (partition by campaign_id) as campaign_touch_count
    from grouped
),

-- Of what the campaign cost each touch has an even part; int_touch_costs says which.
with_cost as (
    select
        counted.campaign_id,
        counted.touch_sequence,
        counted.disposition_code,
        counted.touch_count,
        counted.own_cost,
        case
            when counted.own_cost is not null or campaign_costs.cost is not null
                then cast(
                        coalesce(counted.own_cost, 0)
                        + coalesce({{ running_difference(
                        'campaign_costs.cost', 'counted.last_n', 'counted.campaign_touch_count',
                        scale=2, first_n='(counted.last_n - counted.touch_count + 1)'
                    ) }}, 0) as decimal(18, 4)
                    )
        end as cost
    from counted
    left join campaign_costs on counted.campaign_id = campaign_costs.campaign_id
)

select * from with_cost
