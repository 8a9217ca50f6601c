{{ config(materialized='view') }}

with changed_steps as (
    select * from {{ ref('int_changed_path_totals') }}
),

kept_steps as (
    select * from {{ stored('int_path_totals', schema='build_log') }}
),

steps as (
    select * from changed_steps
    where row_count > 0
    union all
    select kept_steps.*
    from kept_steps
    left join changed_steps
        on kept_steps.path = changed_steps.path and kept_steps.position = changed_steps.position
    where changed_steps.path is null
),

totals as (
    select
        *,
        cast(hours_to_conversion as double) / row_count as average_hours_to_conversion
    from steps
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
