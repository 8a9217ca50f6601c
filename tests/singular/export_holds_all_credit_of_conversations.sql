-- The export, where its credit, its value or its single wins are not all that Genesys touches earn.
with earned as (
    select
        count(distinct credits.touch_id) as conversation_count,
        sum(
            case
                when credits.attribution_model = '{{ settings().exported_model }}'
                    then credits.credit
            end
        ) as credit,
        sum(
            case
                when credits.attribution_model = '{{ settings().exported_model }}'
                    then credits.attributed_value
            end
        ) as attributed_value,
        sum(
            case when credits.attribution_model = 'single_win' then credits.credit end
        ) as single_wins
    from {{ ref('fct_attribution_credit') }} as credits
    inner join {{ ref('fct_touches') }} as touches on credits.touch_id = touches.touch_id
    where touches.source = 'genesys'
),

exported as (
    select
        count(*) as conversation_count,
        sum(attribution_credit) as credit,
        sum(attributed_value) as attributed_value,
        sum(single_win_credit) as single_wins
    from {{ ref('export_genesys_attribution') }}
)

select
    earned.*,
    exported.conversation_count as exported_count,
    exported.credit as exported_credit,
    exported.attributed_value as exported_value,
    exported.single_wins as exported_single_wins
from earned
cross join exported
where
    earned.conversation_count != exported.conversation_count
    or abs(coalesce(earned.credit, 0) - coalesce(exported.credit, 0))
    > 1e-9 * greatest(earned.conversation_count, 1)
    or coalesce(earned.attributed_value, 0) != coalesce(exported.attributed_value, 0)
    or coalesce(earned.single_wins, 0) != coalesce(exported.single_wins, 0)
