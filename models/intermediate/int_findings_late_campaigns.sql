{%- set sources = sources_of_conversions() %}

with late_sources as (
    select * from {{ ref('int_late_sources') }}
    where {{ "source in (" ~ quoted_list(sources) ~ ")" if sources else "1 = 0" }}
),

touches as (
    select * from {{ ref('int_touches') }}
    where campaign_id != '(untagged)'
),

credited_campaigns as (
    select campaign_id from {{ ref('int_credit_totals') }}
    where row_count > 0
),

-- What a late source has not told yet are the conversions since its last load.
touches_since as (
    select
        late_sources.source,
        touches.campaign_id,
        count(*) as touch_count
    from late_sources
    inner join touches on late_sources.loaded_at < touches.touched_at
    where touches.touched_at <= {{ current_utc() }}
    group by late_sources.source, touches.campaign_id
),

campaigns_that_wait as (
    select
        'campaign_awaits_late_source' as finding,
        source,
        campaign_id as record_id,
        'warn' as severity,
        'No touch of it has credit, and ' || touch_count
        || ' came after the last good load of the source.' as detail
    from touches_since
    where campaign_id not in (select credited_campaigns.campaign_id from credited_campaigns)
)

select * from campaigns_that_wait
