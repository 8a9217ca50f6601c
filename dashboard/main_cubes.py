"""The cubes of the headline figures: credit and costs by campaign, conversions in all."""

from __future__ import annotations

from typing import Any

from dashboard.cubes import cube
from dashboard.dialect import local_day
from dashboard.limits import MAIN_CELLS, MAIN_LADDER
from dashboard.questions import Question, first_rung
from dashboard.scope import Scope


def main_cubes(scope: Scope) -> tuple[dict[str, Any], str]:
    """`credit`, `spent` and `conversions` by name, and the grain that all three have."""
    credit, spent = _credit(scope), _spent(scope)
    rungs = [
        first_rung(scope.warehouse, MAIN_LADDER, MAIN_CELLS, lambda _, asked=asked: asked) for asked in (credit, spent)
    ]
    grain = max(rungs, key=MAIN_LADDER.index).grain
    width = len(scope.models)
    counted = {"conversions": ("i", width), "valued": ("i", width)}
    made = {}
    for name, question, names, measures in (
        ("credit", credit, scope.names, scope.sums | counted),
        ("spent", spent, {"campaign": scope.campaigns}, dict.fromkeys(("touches", "cost", "costs"), ("d", 1))),
        ("conversions", _conversions(scope), {"type": scope.types}, dict.fromkeys(CONVERSIONS, ("d", 1))),
    ):
        made[name] = cube(question.ask(scope.warehouse, grain), names, measures, grain)
    return made, grain


CONVERSIONS = ("conversions", "cents", "without_value", "unattributed", "unattributed_cents")


def _credit(scope: Scope) -> Question:
    return Question(scope.marts.attribution(), (scope.campaign, scope.type), scope.marts.sums() + scope.marts.counts())


def _spent(scope: Scope) -> Question:
    """Touches by their own day, costs of touches by it too, costs of campaigns by the day that the cost is of."""
    touch_day = local_day("touched_at", scope.settings["reporting_timezone"])
    return Question(
        f"select campaign_id, {touch_day} as day, 1 as touches, coalesce(cost, 0) as cost,"
        " case when cost is null then 0 else 1 end as costs from marts.fct_touches"
        " union all select campaign_id, cost_date as day, 0 as touches, cost_reporting as cost, 1 as costs"
        " from intermediate.int_campaign_costs_reporting"
        " where cost_reporting is not null and cost_date is not null",
        (scope.campaign,),
        ("sum(touches)", "cast(sum(cast(cost as decimal(18, 4))) * 10000 as bigint)", "sum(costs)"),
    )


def _conversions(scope: Scope) -> Question:
    value = "cast(coalesce(sum({}), 0) * 100 as bigint)"
    return Question(
        scope.marts.conversions,
        (scope.type,),
        (
            "count(*)",
            value.format("conversion_value_reporting"),
            "count(*) - count(conversion_value_reporting)",
            "sum(case when touch_count = 0 then 1 else 0 end)",
            value.format("case when touch_count = 0 then conversion_value_reporting end"),
        ),
    )
