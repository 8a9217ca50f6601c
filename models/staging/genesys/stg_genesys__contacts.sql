{{ config(enabled='genesys' in var('sources') | string) }}
{%- set attributes = settings().genesys_attributes %}

with source as (
    select * from {{ source('raw_genesys', 'contacts') }}
    {{ without_forgotten('genesys', phones=['phone_e164']) }}
),

renamed as (
    select
        -- ids
        id as contact_id,
        contact_list_id,

        -- the first of the list's phone columns that holds a number
        phone,
        phone_e164,

        -- columns of the contact list, as they are written
        {{ json_value('data', attributes[0]) }} as campaign_id_text,
        {{ json_value('data', attributes[1]) }} as touch_sequence_text,
        {{ json_value('data', attributes[2]) }} as lead_source_text,
        {{ json_value('data', attributes[3]) }} as lead_id_text
    from source
)

select * from renamed
