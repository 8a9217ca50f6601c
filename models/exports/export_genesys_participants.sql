{{ config(materialized='view', enabled='genesys' in var('sources') | string) }}

with exported as (
    select * from {{ ref('export_genesys_attribution') }}
),

participants as (
    select * from {{ ref('int_genesys__participants') }}
),

-- A conversation can have several: a callback's customer comes twice, say.
first_customers as (
    select
        exported.conversation_id,
        participants.participant_id
    from exported
    inner join participants
        on exported.conversation_id = participants.conversation_id
    where participants.is_customer
    qualify row_number() over (
            partition by exported.conversation_id
            order by participants.first_segment_at nulls last, participants.participant_id
        ) = 1
)

select * from first_customers
