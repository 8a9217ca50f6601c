{{ config(
    enabled='genesys' in var('sources') | string,
    materialized='incremental',
    incremental_strategy='replace_conversations',
    on_schema_change='fail'
) }}

with outcomes as (
    select * from {{ ref('int_genesys__new_flow_outcomes') }}
),

without_texts as (
    select
        conversation_id,
        session_id,
        flow_id,
        flow_outcome_id,
        flow_outcome,
        flow_outcome_value,
        started_at,
        ended_at
    from outcomes
)

select * from without_texts
