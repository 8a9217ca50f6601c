with named_channels as (
    select channel from {{ ref('int_touches') }}
    union distinct
    select channel from {{ ref('int_channel_weights') }}
),

weights as (
    select * from {{ ref('int_channel_weights') }}
),

channels as (
    select
        named_channels.channel,
        coalesce(weights.weight, cast(1 as double)) as channel_weight,
        weights.channel is not null as has_weight_row
    from named_channels
    left join weights on named_channels.channel = weights.channel
    where named_channels.channel is not null
)

select * from channels
