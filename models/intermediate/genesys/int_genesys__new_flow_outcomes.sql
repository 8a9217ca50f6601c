{{ config(enabled='genesys' in var('sources') | string) }}

with sessions as (
    select
        conversation_id,
        session_id,
        flow_id,
        flow_outcomes
    from {{ ref('int_genesys__new_sessions') }}
    where flow_id is not null
),

unnested as (
    {{ unnest_json_array(
        relation='sessions',
        array='flow_outcomes',
        keep=['conversation_id', 'session_id', 'flow_id'],
        text_fields={
            'flow_outcome': 'flowOutcome',
            'flow_outcome_id': 'flowOutcomeId',
            'flow_outcome_value': 'flowOutcomeValue',
            'outcome_start': 'flowOutcomeStartTimestamp',
            'outcome_end': 'flowOutcomeEndTimestamp'
        }
    ) }}
),

renamed as (
    select
        -- ids
        conversation_id,
        session_id,
        flow_id,
        {{ filled_text('flow_outcome_id') }} as flow_outcome_id,

        -- facts
        {{ filled_text('flow_outcome') }} as flow_outcome,
        {{ filled_text('flow_outcome_value') }} as flow_outcome_value,

        -- timestamps, and the texts that they were read from
        outcome_start as outcome_start_text,
        outcome_end as outcome_end_text,
        {{ json_timestamp('outcome_start') }} as started_at,
        {{ json_timestamp('outcome_end') }} as ended_at
    from unnested
)

select * from renamed
