-- Touches that earn credit though they are of another person, are not before their conversion, or
-- lie outside the lookback; both instants are cut to timestamp_granularity before that is asked.
select
    attribution.conversion_id,
    attribution.touch_id,
    touches.touched_at,
    conversions.converted_at
from {{ ref('fct_attribution') }} as attribution
left join {{ ref('fct_touches') }} as touches on attribution.touch_id = touches.touch_id
left join {{ ref('fct_conversions') }} as conversions
    on attribution.conversion_id = conversions.conversion_id
where
    touches.touch_id is null
    or conversions.conversion_id is null
    or touches.person_key != conversions.person_key
    or {{ truncate_instant('touches.touched_at') }}
    >= {{ truncate_instant('conversions.converted_at') }}
    or {{ seconds_between(
        truncate_instant('touches.touched_at'), truncate_instant('conversions.converted_at')
    ) }} > {{ settings().lookback_window_days }} * 86400
