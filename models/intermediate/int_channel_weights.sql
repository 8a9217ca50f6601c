{{ config(pre_hook="{{ refuse_negative_weights() }}") }}

with weights as (
    select * from {{ ref('channel_weights') }}
)

select
    channel,
    weight
from weights
