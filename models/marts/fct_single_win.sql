{{ config(
    materialized='incremental',
    incremental_strategy='replace_people',
    unique_key='person_key',
    on_schema_change='fail'
) }}
{%- set changes_only = changed_people_only() %}

with attribution as (
    select * from {{ ref('fct_attribution') }}
    {% if changes_only %}
        where person_key in (select person_key from {{ ref('int_changed_people') }})
    {% endif %}
),

conversions as (
    select * from {{ ref('fct_conversions') }}
),

campaigns_in_journey as (
    select
        conversion_id,
        count(distinct campaign_id) as competing_campaigns
    from attribution
    group by conversion_id
),

winners as (
    select
        attribution.conversion_id,
        attribution.person_key,
        attribution.touch_id as winning_touch_id,
        attribution.campaign_id as winning_campaign_id,
        '{{ settings().single_win_criterion }}' as criterion,
        conversions.conversion_value_reporting as conversion_value,
        cast(campaigns_in_journey.competing_campaigns as integer) as competing_campaigns
    from attribution
    inner join conversions on attribution.conversion_id = conversions.conversion_id
    inner join campaigns_in_journey
        on attribution.conversion_id = campaigns_in_journey.conversion_id
    where attribution.single_win_credit = 1
)

select * from winners
