{{ config(enabled='genesys' in var('sources')) }}

{%- set attributes = settings().genesys_attributes -%}
{%- set columns = ['campaign_id_text', 'touch_sequence_text', 'lead_source_text', 'lead_id_text'] %}

with source as (
    select * from {{ source('raw_genesys', 'contacts') }}
),

renamed as (
    select
        -- ids
        id as contact_id,
        contact_list_id,

        -- columns of the contact list, as they are written
        {% for column in columns -%}
        {{ json_value('data', attributes[loop.index0]) }} as {{ column }}{{ ',' if not loop.last }}
        {% endfor %}
    from source
)

select * from renamed
