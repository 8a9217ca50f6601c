{{ config(enabled='salesforce' in var('sources') | string) }}
{%- set stages = settings().salesforce_conversion_stages -%}
{%- set of_leads = settings().salesforce_conversion_source == 'lead' %}

with opportunities as (
    select * from {{ ref('stg_salesforce__opportunities') }}
),

opportunity_history as (
    select * from {{ ref('stg_salesforce__opportunity_history') }}
),

lead_history as (
    select * from {{ ref('stg_salesforce__lead_history') }}
),

steps as (
    select
        opportunity_history.opportunity_id as record_id,
        opportunity_history.changed_at,
        {% if stages and not of_leads %}
            opportunity_history.stage_name in ({{ quoted_list(stages) }}) as is_there
        {% else %}
            opportunity_history.stage_name = opportunities.stage_name as is_there
        {% endif %}
    from opportunity_history
    inner join opportunities on opportunity_history.opportunity_id = opportunities.opportunity_id

    union all

    select
        lead_id as record_id,
        changed_at,
        {% if stages and of_leads %}
            coalesce(new_value in ({{ quoted_list(stages) }}), false) as is_there
        {% else %}
            true as is_there
        {% endif %}
    from lead_history
    where changed_field = '{{ 'Status' if stages and of_leads else 'leadConverted' }}'
),

-- What left the stage and came back to it converted when it came back.
last_elsewhere as (
    select
        record_id,
        max(changed_at) as changed_at
    from steps
    where not is_there
    group by record_id
),

arrivals as (
    select
        steps.record_id,
        min(steps.changed_at) as arrived_at
    from steps
    left join last_elsewhere on steps.record_id = last_elsewhere.record_id
    where
        steps.is_there
        and (last_elsewhere.changed_at is null or steps.changed_at > last_elsewhere.changed_at)
        and {{ 'true' if settings().salesforce_time_from_history else 'false' }}
    group by steps.record_id
),

with_local_day as (
    select
        record_id,
        arrived_at,
        cast({{ utc_to_local('arrived_at', settings().crm_timezone) }} as date) as arrived_on
    from arrivals
)

select * from with_local_day
