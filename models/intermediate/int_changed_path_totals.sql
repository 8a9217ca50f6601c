{{ config(post_hook="{{ start_path_totals() }}") }}
{%- set channels = settings().path_excluded_channels -%}
{%- set campaigns = settings().path_excluded_campaigns -%}
{%- set last_touches = settings().path_last_touches -%}
{%- set repeats_once = settings().path_without_repeats -%}
{%- set steps_are_touches = not (channels or campaigns or repeats_once) -%}
{#- Where nothing else is left out, the last touches follow from the position alone; those before
    them are step 0. -#}
{%- set step_of_touch = 'position' -%}
{%- if last_touches -%}
    {%- set left_out = 'greatest(journey_length - ' ~ last_touches ~ ', 0)' -%}
    {%- set step_of_touch = 'greatest(position - ' ~ left_out ~ ', 0)' -%}
{%- endif %}

with changes as (
    select * from {{ ref('int_credit_changes') }}
),

{% if steps_are_touches %}

    steps as (
        select
            *,
            {{ step_of_touch }} as step,
            case when {{ step_of_touch }} = 0 then '(left out)' else channel end as step_channel
        from changes
    ),

    -- Not from steps, which a CTE that is read twice would hold with all columns.
    steps_in_order as (
        select
            sign,
            conversion_id,
            {{ step_of_touch }} as step,
            channel as step_channel
        from {{ ref('int_credit_changes') }}
        where {{ step_of_touch }} > 0
    ),

{% else %}

    excluded as (
        select
            *,
            1 = 0
            {%- for channel in channels %}
                or channel = {{ text_literal(channel) }}
            {%- endfor %}
            {%- for campaign in campaigns %}
                or campaign_id = {{ text_literal(campaign) }}
            {%- endfor %} as is_excluded
        from changes
    ),

    counted_from_the_end as (
        select
            *,
            {% if last_touches %}
                is_excluded
                or sum(case when is_excluded then 0 else 1 end) over (
                    partition by sign, conversion_id
                    order by position desc
                    rows between unbounded preceding and current row
                ) > {{ last_touches }}
            {% else %}
                is_excluded
            {% endif %} as is_left_out
        from excluded
    ),

    with_previous as (
        select
            *,
            lag(channel) over (
                partition by sign, conversion_id, is_left_out order by position asc
            ) as previous_channel
        from counted_from_the_end
    ),

    -- What a path leaves out stands in step 0, so that the credit of its steps is all there is.
    steps as (
        select
            *,
            case
                when is_left_out then 0
                else sum(
                    case
                        when is_left_out then 0
                        {% if repeats_once %}
                            when channel = previous_channel then 0
                        {% endif %}
                        else 1
                    end
                ) over (
                    partition by sign, conversion_id
                    order by position asc
                    rows between unbounded preceding and current row
                )
            end as step,
            case when is_left_out then '(left out)' else channel end as step_channel
        from with_previous
    ),

    steps_in_order as (
        select distinct
            sign,
            conversion_id,
            step,
            step_channel
        from steps
        where step > 0
    ),

{% endif %}

paths as (
    select
        sign,
        conversion_id,
        {{ text_list('step_channel', separator=' > ', order_by='step') }} as path,
        max(step) as path_length
    from steps_in_order
    group by sign, conversion_id
),

-- A path can be a long text: its steps are added up by a number that stands for it.
path_texts as (
    select
        path,
        max(path_length) as path_length,
        row_number() over (order by path asc) as path_number
    from paths
    group by path
),

numbered_paths as (
    select
        paths.sign,
        paths.conversion_id,
        path_texts.path_number
    from paths
    inner join path_texts on paths.path = path_texts.path
),

-- A step is several touches where repeats count once, and in step 0; where steps are touches, step
-- 0 has the first of them.
totals as (
    select
        numbered_paths.path_number,
        steps.step,
        steps.step_channel,
        {% if steps_are_touches %}
            sum(case when steps.step > 0 or steps.position = 1 then steps.sign else 0 end)
                as conversion_count,
        {% else %}
            count(distinct case when steps.sign = 1 then steps.conversion_id end)
            - count(distinct case when steps.sign = -1 then steps.conversion_id end)
                as conversion_count,
        {% endif %}
        sum(cast(steps.hours_to_conversion as decimal(18, 9))) as hours_to_conversion,
        {{ credit_totals(sign='steps.sign') }}
    from steps
    left join numbered_paths
        on steps.conversion_id = numbered_paths.conversion_id and steps.sign = numbered_paths.sign
    group by numbered_paths.path_number, steps.step, steps.step_channel
),

with_path as (
    select
        coalesce(path_texts.path, '(none)') as path,
        cast(totals.step as integer) as position,
        totals.step_channel as channel,
        cast(coalesce(path_texts.path_length, 0) as integer) as path_length,
        totals.row_count,
        totals.valued_row_count,
        totals.conversion_count,
        totals.hours_to_conversion,
    {% for column in columns_of_models('_credit') + columns_of_models('_value') %}
        totals.{{ column }}
        {{- ',' if not loop.last }}
    {% endfor %}
    from totals
    left join path_texts on totals.path_number = path_texts.path_number
)

{{ with_kept_totals(
    'with_path',
    keys=['path', 'position', 'channel', 'path_length'],
    counts=['row_count', 'valued_row_count', 'conversion_count'],
    credits=['hours_to_conversion'] + columns_of_models('_credit'),
    values=columns_of_models('_value'),
    changed_of='int_path_totals'
) }}
