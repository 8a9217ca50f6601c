with steps as (
    select * from {{ ref('rpt_conversion_paths') }}
    -- Any model will do: over all steps of a path, each gives the whole value.
    where attribution_model = 'linear'
),

by_path as (
    select
        path,
        max(path_length) as path_length,
        max(conversion_count) as conversion_count,
        sum(attributed_value) as revenue
    from steps
    group by path
),

with_shares as (
    select
        rank() over (order by coalesce(revenue, 0) desc, conversion_count desc) as path_rank,
        path,
        path_length,
        conversion_count,
        revenue,
        round(revenue / conversion_count, 2) as revenue_per_conversion,
        round(revenue / nullif(sum(revenue) over (), 0), 4) as share_of_revenue,
        round(
            sum(revenue) over (
                order by coalesce(revenue, 0) desc, conversion_count desc, path asc
                rows between unbounded preceding and current row
            ) / nullif(sum(revenue) over (), 0),
            4
        ) as share_down_to_here
    from by_path
)

select * from with_shares
where path_rank <= 25
order by path_rank asc, path asc
