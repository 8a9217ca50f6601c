{{ config(
    materialized='incremental',
    incremental_strategy='replace_people',
    unique_key='person_key',
    on_schema_change='fail'
) }}
{%- set changes_only = changed_people_only() %}

with conversions as (
    select * from {{ ref('int_conversions') }}
    where
        not is_deleted_lead
    {% if changes_only %}
            and person_id in (select person_id from {{ ref('int_changed_people') }})
        {% endif %}
),

journeys as (
    select
        conversion_id,
        count(*) as touch_count,
        max(touched_at) as last_touch_at
    from {{ ref('fct_attribution') }}
    {% if changes_only %}
        where person_key in (select person_key from {{ ref('int_changed_people') }})
    {% endif %}
    group by conversion_id
),

with_journey as (
    select
        conversions.conversion_id,
        conversions.source,
        conversions.lead_id,
        conversions.person_key,
        conversions.campaign_id,
        conversions.converted_at,
        conversions.is_date_only,
        conversions.conversion_type,
        cast(row_number() over (
            partition by conversions.person_id, conversions.conversion_type
            order by conversions.converted_at asc, conversions.conversion_id asc
        ) as integer) as conversion_number,
        conversions.conversion_value,
        conversions.currency,
        conversions.conversion_value_reporting,
        cast(coalesce(journeys.touch_count, 0) as integer) as touch_count,
        journeys.last_touch_at
    from conversions
    left join journeys on conversions.conversion_id = journeys.conversion_id
)

select * from with_journey
