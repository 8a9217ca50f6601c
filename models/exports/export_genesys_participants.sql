{{ config(materialized='view', enabled='genesys' in var('sources') | string) }}

with participants as (
    select * from {{ ref('int_genesys__participants') }}
    where is_customer
),

-- A conversation can have several: after a callback the customer is there twice, say.
first_customers as (
    select
        conversation_id,
        participant_id
    from participants
    qualify row_number() over (
            partition by conversation_id
            order by first_segment_at asc nulls last, participant_id asc
        ) = 1
)

select * from first_customers
