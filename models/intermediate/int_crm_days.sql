{%- set zone = settings().crm_timezone -%}

with touches as (
    select * from {{ ref('int_touches_unioned') }}
),

conversions as (
    select * from {{ ref('int_conversions_unioned') }}
),

named_days as (
    select ended_on as local_date from touches
    where ended_on is not null
    union distinct
    select started_on as local_date from touches
    where started_on is not null
    union distinct
    select converted_on as local_date from conversions
    where converted_on is not null
    union distinct
    select lead_created_on as local_date from conversions
    where lead_created_on is not null
),

-- The day after is there for its start: it says how long the day before was.
days as (
    select local_date from named_days
    union distinct
    select cast({{ add_seconds('cast(local_date as timestamp)', 86400) }} as date) as local_date
    from named_days
),

wanted_clock_times as (
    select
        local_date,
        'start' as day_edge,
        cast(local_date as timestamp) as clock_time
    from days
    union all
    select
        local_date,
        'end' as day_edge,
        {{ add_seconds('cast(local_date as timestamp)', 86399) }} as clock_time
    from days
),

-- Whatever the zone, 26 hours either side of the clock time lie before and after the instant.
-- With the offsets that hold there it can be guessed, and the guess be proved.
offsets_around as (
    select
        *,
        {{ add_seconds('clock_time', -26 * 3600) }} as probe_before,
        {{ add_seconds('clock_time', 26 * 3600) }} as probe_after
    from wanted_clock_times
),

guesses as (
    select
        local_date,
        day_edge,
        clock_time,
        {{ add_seconds('clock_time', '-' ~ seconds_between(
            'probe_before', utc_to_local('probe_before', zone)
        )) }} as guess
    from offsets_around
    union all
    select
        local_date,
        day_edge,
        clock_time,
        {{ add_seconds('clock_time', '-' ~ seconds_between(
            'probe_after', utc_to_local('probe_after', zone)
        )) }} as guess
    from offsets_around
),

proved_guesses as (
    select
        *,
        case when {{ utc_to_local('guess', zone) }} = clock_time then guess end as proved
    from guesses
),

-- A clock time that comes twice: the earlier passing begins a day, the later one ends it.
passings as (
    select
        local_date,
        day_edge,
        clock_time,
        case when day_edge = 'start' then min(proved) else max(proved) end as instant
    from proved_guesses
    group by local_date, day_edge, clock_time
),

minutes_of_search as (
    select n as minute_number
    from {{ ref('int_numbers') }}
    where n <= 28 * 60
),

-- A clock time that never comes: the first minute at which the clock shows a later one.
skipped as (
    select
        passings.local_date,
        passings.day_edge,
        {{ add_seconds(
            "date_trunc('minute', passings.clock_time)",
            '(minutes_of_search.minute_number - 15 * 60) * 60'
        ) }} as candidate,
        passings.clock_time
    from passings
    cross join minutes_of_search
    where passings.instant is null
),

after_the_gap as (
    select
        local_date,
        day_edge,
        min(candidate) as instant
    from skipped
    where {{ utc_to_local('candidate', zone) }} > clock_time
    group by local_date, day_edge
),

edges as (
    select
        passings.local_date,
        passings.day_edge,
        coalesce(passings.instant, after_the_gap.instant) as instant
    from passings
    left join after_the_gap
        on
            passings.local_date = after_the_gap.local_date
            and passings.day_edge = after_the_gap.day_edge
),

one_row_per_day as (
    select
        local_date,
        max(case when day_edge = 'start' then instant end) as starts_at,
        max(case when day_edge = 'end' then instant end) as ends_at
    from edges
    group by local_date
),

with_length as (
    select
        one_row_per_day.local_date,
        one_row_per_day.starts_at,
        one_row_per_day.ends_at,
        {{ seconds_between('one_row_per_day.starts_at', 'next_days.starts_at') }} != 86400
            as has_clock_change
    from one_row_per_day
    inner join one_row_per_day as next_days
        on next_days.local_date = cast(
                {{ add_seconds('cast(one_row_per_day.local_date as timestamp)', 86400) }} as date
            )
    inner join named_days on one_row_per_day.local_date = named_days.local_date
)

select * from with_length
