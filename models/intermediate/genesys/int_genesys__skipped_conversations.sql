{{ config(enabled='genesys' in var('sources') | string) }}

with conversations as (
    select * from {{ ref('int_genesys__conversations') }}
),

skipped as (
    select
        conversation_id,
        skip_reason as reason
    from conversations
    where not is_touch
)

select * from skipped
