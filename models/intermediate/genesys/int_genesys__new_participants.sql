{{ config(enabled='genesys' in var('sources') | string, materialized='view') }}
{%- set attributes = settings().genesys_attributes %}

with conversations as (
    select * from {{ ref('int_genesys__new_conversations') }}
),

unnested as (
    {{ unnest_json_array(
        relation='conversations',
        array='participants',
        keep=['conversation_id'],
        text_fields={'participant_id': 'participantId', 'purpose': 'purpose', 'user_id': 'userId'},
        json_fields={'attributes': 'attributes', 'sessions': 'sessions'}
    ) }}
),

renamed as (
    select
        -- ids
        conversation_id,
        participant_id,
        user_id,

        -- facts
        lower(purpose) as purpose,

        -- attributes, as they are written
        {{ json_value('attributes', attributes[0]) }} as campaign_id_text,
        {{ json_value('attributes', attributes[1]) }} as touch_sequence_text,
        {{ json_value('attributes', attributes[2]) }} as lead_source_text,
        {{ json_value('attributes', attributes[3]) }} as lead_id_text,

        -- what is nested in it
        sessions,
        {{ json_is_misfit('attributes', 'object') }} as has_misfit_attributes,
        {{ json_is_misfit('sessions', 'array') }} as has_misfit_sessions
    from unnested
)

select * from renamed
