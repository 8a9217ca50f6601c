{{ config(enabled='genesys' in var('sources') | string) }}

with participants as (
    select
        conversation_id,
        participant_id,
        sessions
    from {{ ref('int_genesys__new_participants') }}
),

unnested as (
    {{ unnest_json_array(
        relation='participants',
        array='sessions',
        keep=['conversation_id', 'participant_id'],
        text_fields={
            'session_id': 'sessionId',
            'media_type': 'mediaType',
            'message_type': 'messageType',
            'delivery_status': 'deliveryStatus',
            'disposition_name': 'dispositionName',
            'callback_scheduled': 'callbackScheduledTime',
            'outbound_campaign_id': 'outboundCampaignId',
            'outbound_contact_id': 'outboundContactId',
            'outbound_contact_list_id': 'outboundContactListId'
        },
        json_fields={'flow': 'flow', 'segments': 'segments'}
    ) }}
),

renamed as (
    select
        -- ids
        conversation_id,
        participant_id,
        session_id,
        {{ filled_text('outbound_campaign_id') }} as outbound_campaign_id,
        {{ filled_text('outbound_contact_id') }} as outbound_contact_id,
        {{ filled_text('outbound_contact_list_id') }} as outbound_contact_list_id,
        {{ filled_text(json_value('flow', 'flowId')) }} as flow_id,

        -- facts
        lower(media_type) as media_type,
        lower(message_type) as message_type,
        lower(delivery_status) as delivery_status,
        {{ filled_text('disposition_name') }} as disposition_name,

        -- timestamps
        {{ json_timestamp('callback_scheduled') }} as callback_scheduled_at,

        -- what is nested in it
        segments,
        {{ json_member('flow', 'outcomes') }} as flow_outcomes,
        {{ json_is_misfit('flow', 'object') }} as has_misfit_flow,
        {{ json_is_misfit('segments', 'array') }} as has_misfit_segments
    from unnested
)

select * from renamed
