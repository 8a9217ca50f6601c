{{ config(enabled='genesys' in var('sources') | string) }}

with participants as (
    select * from {{ ref('int_genesys__participants') }}
),

sessions as (
    select * from {{ ref('int_genesys__sessions') }}
),

segments as (
    select * from {{ ref('int_genesys__segments') }}
),

wrapup_codes as (
    select * from {{ ref('stg_genesys__wrapup_codes') }}
),

disposition_rules as (
    select * from {{ ref('disposition_rules') }}
),

-- An agent's word comes first, then the dialer's result, then a code that the dialer set by itself.
given as (
    select
        segments.conversation_id,
        segments.wrapup_code as disposition_code,
        case when participants.is_agent then 1 else 3 end as source_rank,
        segments.started_at as given_at
    from segments
    inner join participants
        on
            segments.conversation_id = participants.conversation_id
            and segments.participant_id = participants.participant_id
    where segments.wrapup_code is not null
    union all
    select
        conversation_id,
        disposition_name as disposition_code,
        2 as source_rank,
        first_segment_at as given_at
    from sessions
    where disposition_name is not null
),

last_given as (
    select
        conversation_id,
        disposition_code,
        source_rank
    from given
    qualify row_number() over (
            partition by conversation_id, source_rank
            order by given_at desc nulls last, disposition_code desc
        ) = 1
),

distinct_codes as (
    select distinct disposition_code from last_given
),

codes as (
    select
        distinct_codes.disposition_code,
        wrapup_codes.wrapup_code_name as disposition_name
    from distinct_codes
    left join wrapup_codes
        on distinct_codes.disposition_code = wrapup_codes.wrapup_code_id
),

-- dim_dispositions reads the rules in the same order.
meanings as (
    select
        codes.disposition_code,
        disposition_rules.is_contact
    from codes
    left join disposition_rules
        on
            lower(codes.disposition_code) like lower(disposition_rules.pattern)
            or lower(codes.disposition_name) like lower(disposition_rules.pattern)
    qualify row_number() over (
            partition by codes.disposition_code
            order by disposition_rules.priority asc nulls last, disposition_rules.pattern asc
        ) = 1
),

ranked as (
    select
        last_given.conversation_id,
        last_given.disposition_code,
        meanings.is_contact,
        last_given.source_rank
    from last_given
    inner join meanings
        on last_given.disposition_code = meanings.disposition_code
),

-- Whether a person was reached is said by the first of them that says anything about it.
chosen as (
    select
        conversation_id,
        coalesce(
            max(case when source_rank = 1 then disposition_code end),
            max(case when source_rank = 2 then disposition_code end),
            max(case when source_rank = 3 then disposition_code end)
        ) as disposition_code,
        coalesce(
            max(case when source_rank = 1 then cast(is_contact as integer) end),
            max(case when source_rank = 2 then cast(is_contact as integer) end),
            max(case when source_rank = 3 then cast(is_contact as integer) end)
        ) = 1 as is_contact
    from ranked
    group by conversation_id
)

select * from chosen
