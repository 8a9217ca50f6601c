{{ config(enabled='genesys' in var('sources') | string) }}

with source as (
    select * from {{ source('raw_genesys', 'conversations') }}
    {{ without_forgotten(
        'genesys', rows=['conversation_id'], phones=['customer_phone_e164']
    ) }}
),

wanted as (
    select * from source
    {% if not settings().genesys_fresh_conversations %}
        where not coalesce(is_provisional, false)
    {% endif %}
),

renamed as (
    select
        -- ids
        conversation_id,

        -- customer
        customer_phone,
        customer_phone_e164,

        -- facts
        lower(originating_direction) as originating_direction,
        cast(coalesce(dropped_attributes, 0) as integer) as dropped_attributes,
        coalesce(is_provisional, false) as is_provisional,

        -- timestamps
        {{ to_utc('conversation_start') }} as started_at,
        {{ to_utc('conversation_end') }} as ended_at,

        -- what is nested in it
        participants,
        {{ json_is_misfit('participants', 'array') }} as has_misfit_participants,

        -- load
        {{ "cast(null as varchar)" if 'genesys' in settings().raw_schemas else '_dlt_load_id' }}
            as load_id
    from wanted
)

select * from renamed
