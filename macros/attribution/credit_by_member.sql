{#- A query: credit by who had a share in the touches. Nearly every touch has one agent and one node, and its rows are
    added as they are; of a touch with several each gets its share, the values to the cent. -#}
{% macro credit_by_member(member, shares) -%}
    {%- set has_shares = 'genesys' in settings().sources %}
    with shares as (
        {% if has_shares %}
            select
                touch_id,
                {{ member }},
                share
            from {{ ref(shares) }}
            qualify count(*) over (partition by touch_id) > 1
        {% else %}
            {{ empty_rows({'touch_id': 'varchar', member: 'varchar', 'share': 'double'}) }}
        {% endif %}
    ),

    attribution as (
        select
            attribution.*,
            shared_touches.touch_id is not null as is_shared
        from {{ ref('fct_attribution') }} as attribution
        left join (select distinct touch_id from shares) as shared_touches
            on attribution.touch_id = shared_touches.touch_id and attribution.source = 'genesys'
    ),

    of_one as (
        select
            coalesce({{ member }}, '(none)') as {{ member }},
            {{ credit_totals() }}
        from attribution
        where not is_shared
        group by coalesce({{ member }}, '(none)')
    ),

    of_shared_touches as (
        select
            touch_id,
            {{ credit_totals() }}
        from attribution
        where is_shared
        group by touch_id
    ),

    shared_touches_by_model as (
        {{ one_row_per_model('of_shared_touches', ['touch_id']) }}
    ),

    shared_out as (
        select
            credits.attribution_model,
            shares.{{ member }},
            1 as credited_touch_count,
            cast(cast(credits.credit as double) * shares.share as decimal(30, 15)) as credit,
            {{ value_of_share('credits.attributed_value', 'shares.share',
                'shares.touch_id, credits.attribution_model', 'shares.' ~ member) }} as attributed_value
        from shared_touches_by_model as credits
        inner join shares on credits.touch_id = shares.touch_id
    ),

    all_parts as (
        {{ one_row_per_model('of_one', [member, 'credited_touch_count']) }}
        union all
        select
            attribution_model,
            {{ member }},
            credited_touch_count,
            credit,
            attributed_value
        from shared_out
    )

    select
        attribution_model,
        {{ member }},
        cast(sum(credited_touch_count) as bigint) as credited_touch_count,
        cast(sum(credit) as double) as credit,
        cast(sum(attributed_value) as decimal(18, 2)) as attributed_value
    from all_parts
    group by attribution_model, {{ member }}
{%- endmacro %}
