{{ config(materialized='view') }}

with totals as (
    select
        *,
        cast(hours_to_conversion as double) / row_count as average_hours_to_conversion
    from {{ ref('int_path_totals') }}
),

by_model as (
    {{ one_row_per_model('totals', [
        'path', 'position', 'channel', 'path_length', 'conversion_count', 'average_hours_to_conversion'
    ]) }}
),

paths as (
    select
        attribution_model,
        path,
        position,
        channel,
        path_length,
        cast(conversion_count as bigint) as conversion_count,
        cast(credit as double) as credit,
        cast(attributed_value as decimal(18, 2)) as attributed_value,
        average_hours_to_conversion
    from by_model
)

select * from paths
