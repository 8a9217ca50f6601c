{{ config(materialized='view') }}
{%- set model = settings().exported_model %}

with attribution as (
    select * from {{ ref('fct_attribution') }}
    where source = 'genesys'
),

-- One touch can serve several conversions: what it earned in all.
credited_conversations as (
    select
        touch_id as conversation_id,
        {{ exact_sum(model ~ '_credit') }} as attribution_credit,
        cast(sum({{ model }}_value) as decimal(18, 2)) as attributed_value,
        '{{ model }}' as attribution_model,
        {{ exact_sum('single_win_credit') }} as single_win_credit,
        campaign_id,
        touch_sequence,
        count(*) as conversion_count,
        max(converted_at) as last_converted_at
    from attribution
    group by touch_id, campaign_id, touch_sequence
),

-- Over the text that is sent and nothing else: the hash changes when, and only when, that does.
with_hash as (
    select
        *,
        {{ sha256_hex(row_text([
            'cast(attribution_credit as decimal(28, 9))',
            'attributed_value',
            'attribution_model',
            'cast(single_win_credit as decimal(28, 9))',
            'campaign_id',
            'touch_sequence',
            'conversion_count'
        ])) }} as row_hash
    from credited_conversations
)

select * from with_hash
