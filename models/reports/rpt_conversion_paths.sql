with attribution as (
    select * from {{ ref('fct_attribution') }}
),

credits as (
    select * from {{ ref('fct_attribution_credit') }}
),

paths as (
    select
        conversion_id,
        {{ text_list('channel', separator=' > ', order_by='position') }} as path
    from attribution
    group by conversion_id
),

steps as (
    select
        credits.attribution_model,
        paths.path,
        attribution.position,
        attribution.journey_length,
        attribution.channel,
        credits.conversion_id,
        credits.credit,
        credits.attributed_value,
        attribution.hours_to_conversion
    from credits
    inner join attribution
        on
            credits.conversion_id = attribution.conversion_id
            and credits.touch_id = attribution.touch_id
    inner join paths on credits.conversion_id = paths.conversion_id
),

by_step as (
    select
        attribution_model,
        path,
        position,
        channel,
        journey_length as path_length,
        count(*) as conversion_count,
        {{ exact_sum('credit') }} as credit,
        cast(sum(attributed_value) as decimal(18, 2)) as attributed_value,
        {{ exact_sum('hours_to_conversion') }} / count(*) as average_hours_to_conversion
    from steps
    group by attribution_model, path, position, channel, journey_length
)

select * from by_step
