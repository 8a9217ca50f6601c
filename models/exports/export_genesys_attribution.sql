with touches as (
    select * from {{ ref('fct_touches') }}
    where source = 'genesys'
),

credit_of_touches as (
    select * from {{ ref('int_touch_credits') }}
),

exported_credit as (
    select * from credit_of_touches
    where attribution_model = '{{ settings().exported_model }}'
),

single_wins as (
    select * from credit_of_touches
    where attribution_model = 'single_win'
),

credited_conversations as (
    select
        touches.touch_id as conversation_id,
        exported_credit.credit as attribution_credit,
        cast(exported_credit.attributed_value as decimal(18, 2)) as attributed_value,
        exported_credit.attribution_model,
        single_wins.credit as single_win_credit,
        touches.campaign_id,
        touches.touch_sequence,
        exported_credit.conversion_count,
        exported_credit.last_converted_at
    from touches
    inner join exported_credit on touches.touch_id = exported_credit.touch_id
    inner join single_wins on touches.touch_id = single_wins.touch_id
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
