-- Conversions whose touch_count is not the length of their journey, or that have not exactly one
-- single win where they have a touch and none where they have none.
with conversions as (
    select * from {{ ref('fct_conversions') }}
),

journeys as (
    select
        conversion_id,
        count(*) as touch_count,
        max(touched_at) as last_touch_at,
        max(position) as last_position,
        sum(case when single_win_credit = 1 then 1 else 0 end) as winner_count
    from {{ ref('fct_attribution') }}
    group by conversion_id
),

wins as (
    select
        conversion_id,
        count(*) as win_count
    from {{ ref('fct_single_win') }}
    group by conversion_id
)

select
    conversions.conversion_id,
    conversions.touch_count,
    journeys.touch_count as journey_touch_count,
    journeys.winner_count,
    wins.win_count
from conversions
left join journeys on conversions.conversion_id = journeys.conversion_id
left join wins on conversions.conversion_id = wins.conversion_id
where
    conversions.touch_count != coalesce(journeys.touch_count, 0)
    or conversions.touch_count != coalesce(journeys.last_position, 0)
    or conversions.last_touch_at is distinct from journeys.last_touch_at
    or coalesce(journeys.winner_count, 0) != least(conversions.touch_count, 1)
    or coalesce(wins.win_count, 0) != least(conversions.touch_count, 1)
