{%- set channels = settings().path_excluded_channels -%}
{%- set campaigns = settings().path_excluded_campaigns -%}
{%- set last_touches = settings().path_last_touches -%}
{%- set repeats_once = settings().path_without_repeats -%}
{%- set steps_are_touches = not (channels or campaigns or repeats_once) %}

with changes as (
    select * from {{ ref('int_credit_changes') }}
),

{% if steps_are_touches %}

    -- Where nothing else is left out, the last touches follow from the position alone.
    steps as (
        select
            *,
            {% if last_touches %}
                greatest(position - greatest(journey_length - {{ last_touches }}, 0), 0) as step,
                case
                    when position <= journey_length - {{ last_touches }} then '(left out)'
                    else channel
                end as step_channel
            {% else %}
                position as step,
                channel as step_channel
            {% endif %}
        from changes
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

{% endif %}

steps_in_order as (
    {% if repeats_once %}
        select distinct
            sign,
            conversion_id,
            step,
            step_channel
        from steps
        where step > 0
    {% else %}
        select * from steps
        where step > 0
    {% endif %}
),

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
numbered_paths as (
    select
        sign,
        conversion_id,
        dense_rank() over (order by path asc) as path_number
    from paths
),

path_texts as (
    select distinct
        numbered_paths.path_number,
        paths.path,
        paths.path_length
    from numbered_paths
    inner join paths
        on numbered_paths.conversion_id = paths.conversion_id and numbered_paths.sign = paths.sign
),

-- A step is several touches where repeats count once, and in step 0.
totals as (
    select
        numbered_paths.path_number,
        steps.step,
        steps.step_channel,
        {% if steps_are_touches and not last_touches %}
            sum(steps.sign) as conversion_count,
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
),

with_kept as (
    {{ with_kept_totals(
        'with_path',
        keys=['path', 'position', 'channel', 'path_length'],
        counts=['row_count', 'valued_row_count', 'conversion_count'],
        credits=['hours_to_conversion'] + columns_of_models('_credit'),
        values=columns_of_models('_value')
    ) }}
)

select * from with_kept
