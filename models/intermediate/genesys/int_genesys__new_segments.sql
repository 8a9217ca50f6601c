{{ config(enabled='genesys' in var('sources') | string) }}

with sessions as (
    select
        conversation_id,
        participant_id,
        session_id,
        segments
    from {{ ref('int_genesys__new_sessions') }}
),

unnested as (
    {{ unnest_json_array(
        relation='sessions',
        array='segments',
        keep=['conversation_id', 'participant_id', 'session_id'],
        text_fields={
            'segment_type': 'segmentType',
            'segment_start': 'segmentStart',
            'segment_end': 'segmentEnd',
            'queue_id': 'queueId',
            'wrapup_code': 'wrapUpCode'
        }
    ) }}
),

renamed as (
    select
        -- ids
        conversation_id,
        participant_id,
        session_id,
        {{ filled_text('queue_id') }} as queue_id,
        {{ filled_text('wrapup_code') }} as wrapup_code,

        -- facts
        lower(segment_type) as segment_type,

        -- timestamps, and the texts that they were read from
        segment_start as segment_start_text,
        segment_end as segment_end_text,
        {{ json_timestamp('segment_start') }} as started_at,
        {{ json_timestamp('segment_end') }} as ended_at
    from unnested
)

select * from renamed
