"""The cubes with one thing more: touch sequence, hours to the conversion, agent, IVR node, disposition, path."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from dashboard import limits
from dashboard.cubes import Names, cube
from dashboard.dialect import joined, local_day
from dashboard.limits import SIDE_CELLS, SIDE_LADDER, Rung
from dashboard.questions import (
    HOURS,
    HOURS_BEYOND,
    NO_SEQUENCE,
    SEQUENCE_BELOW,
    SEQUENCE_BEYOND,
    Fold,
    Question,
    first_rung,
    hours_text,
    sequence_text,
)
from dashboard.scope import Scope

# Cube, dimension, its key and name, and the bridge that shares a touch out (None: one to a touch).
PEOPLE_AND_PLACES = (
    ("agents", "dim_agents", "agent_id", "agent_name", "bridge_touch_agents"),
    ("nodes", "dim_ivr_nodes", "ivr_node_id", "ivr_node_name", "bridge_touch_ivr_nodes"),
    ("dispositions", "dim_dispositions", "disposition_code", "disposition_name", None),
)


def side_cubes(scope: Scope) -> dict[str, Any]:
    """All of them by name; each has ``names``, the names of its entities by their numbers."""
    numbers = [str(number) for number in range(limits.TOUCH_SEQUENCES + 1)]
    of_touch = {
        "sequences": (sequence_text("touch_sequence"), [SEQUENCE_BELOW, *numbers, SEQUENCE_BEYOND, NO_SEQUENCE]),
        "hours": (hours_text("hours_to_conversion"), [*(name for _, name in HOURS), HOURS_BEYOND]),
    }
    made = {}
    for name, (entity, order) in of_touch.items():
        names = Names()
        for value in order:
            names.place(value)
        made[name] = _side(scope, scope.marts.attribution(f"{entity} as entity"), names, scope.marts.sums())
        made[name]["names"] = names.values
        if name == "sequences":
            made["attempts"] = _attempts(scope, entity, names)
    for name, dimension, key, label, bridge in PEOPLE_AND_PLACES:
        names = Names()
        if bridge:
            rows, share = scope.marts.shared(bridge, key), " * share"
        else:
            rows, share = _dispositions(scope), ""
        weighed = f"select entity, {scope.exported}_credit{share} as weight from ({rows}) as facts"

        def first(count: int, weighed: str = weighed) -> tuple[str, ...] | None:
            return scope.first(weighed, count)

        made[name] = _side(scope, rows, names, scope.marts.sums(shared=bool(bridge)), first)
        made[name]["names"] = [row["name"] for row in scope.named(names, dimension, key, label)]
    return made | _paths(scope)


def _attempts(scope: Scope, sequence: str, names: Names) -> dict[str, Any]:
    """Touches by their own day, campaign and sequence, with credit or without."""
    day = local_day("touched_at", scope.settings["reporting_timezone"])
    question = Question(
        f"select campaign_id, {day} as day, {sequence} as entity from marts.fct_touches",
        (scope.campaign, Fold("entity")),
        ("count(*)",),
    )
    rung = first_rung(scope.warehouse, SIDE_LADDER, SIDE_CELLS, lambda _: question)
    found = question.ask(scope.warehouse, rung.grain)
    return cube(found, {"campaign": scope.campaigns, "entity": names}, {"touches": ("i", 1)}, rung.grain)


def _dispositions(scope: Scope) -> str:
    return scope.marts.attribution(
        "coalesce(touches.disposition_code, '(none)') as entity",
        "left join marts.fct_touches as touches on attribution.touch_id = touches.touch_id",
    )


def _side(
    scope: Scope,
    rows: str,
    names: Names,
    measures: Sequence[str],
    first: Callable[[int], tuple[str, ...] | None] = lambda _: None,
) -> dict[str, Any]:
    """A cube with an entity, as finely as it fits; ``first(count)`` gives the entities to keep."""
    kept: dict[int, tuple[str, ...] | None] = {}

    def question(rung: Rung) -> Question:
        if rung.entities not in kept:
            kept[rung.entities] = first(rung.entities)
        return Question(rows, (scope.campaign, scope.type, Fold("entity", kept[rung.entities])), tuple(measures))

    rung = first_rung(scope.warehouse, SIDE_LADDER, SIDE_CELLS, question)
    found = question(rung).ask(scope.warehouse, rung.grain)
    return cube(found, scope.names | {"entity": names}, scope.sums, rung.grain)


def _paths(scope: Scope) -> dict[str, Any]:
    """Conversions and their whole value by path: `paths` over all campaigns, and `paths_by_campaign`.

    In the latter a conversion counts for each campaign that has a touch in it, and once for each.
    """
    steps = limits.PATH_STEPS
    path = joined(f"case when position <= {steps} then channel end", "position")
    paths = (
        f"select conversion_id, {path} || case when max(journey_length) > {steps} then ' > …' else '' end as entity"
        " from marts.fct_attribution group by conversion_id"
    )
    columns = "conversions.conversion_id, day, conversion_type, conversion_value_reporting, entity"
    rows = (
        f"select {columns} from ({scope.marts.conversions}) as conversions"
        f" inner join ({paths}) as paths on conversions.conversion_id = paths.conversion_id"
    )
    entity = Fold("entity", scope.first(f"select entity, 1 as weight from ({rows}) as facts", limits.PATHS))
    per_touch = (
        f"select {columns}, attribution.campaign_id from ({rows}) as conversions"
        " inner join marts.fct_attribution as attribution on conversions.conversion_id = attribution.conversion_id"
    )
    per_campaign = (
        "select distinct conversion_id, day, conversion_type, conversion_value_reporting, entity,"
        f" {scope.campaign.sql} as campaign from ({per_touch}) as facts"
    )
    names = Names()
    overall = Question(rows, (scope.type, entity), PATH_MEASURES)
    by_campaign = Question(
        per_campaign, (Fold("campaign"), scope.type, entity), PATH_MEASURES, tuple(scope.campaign.parameters)
    )
    made = {
        "paths": _path_cube(scope, overall, {"type": scope.types, "entity": names}),
        "paths_by_campaign": _path_cube(scope, by_campaign, scope.names | {"entity": names}),
    }
    found = scope.warehouse.query(
        f"select {entity.sql} as path, min(conversion_id) as example, {PATH_MEASURES[0]} as conversions,"
        f" {PATH_MEASURES[1]} as cents from ({rows}) as facts group by 1",
        entity.parameters,
    )
    of_path = {row["path"]: row for row in found}
    for each in made.values():
        each["names"] = names.values
    ordered = [of_path[path] for path in names.values]
    made["paths"]["examples"] = [row["example"] for row in ordered]
    # The page's own order, with nothing chosen.
    commonest = sorted(range(len(ordered)), key=lambda at: (-ordered[at]["conversions"], -ordered[at]["cents"], at))
    made["paths"]["first"] = commonest[: limits.PATHS_SHOWN]
    return made


PATH_MEASURES = ("count(*)", "cast(coalesce(sum(conversion_value_reporting), 0) * 100 as bigint)")


def _path_cube(scope: Scope, question: Question, names: dict[str, Names]) -> dict[str, Any]:
    rung = first_rung(scope.warehouse, SIDE_LADDER, SIDE_CELLS, lambda _: question)
    found = question.ask(scope.warehouse, rung.grain)
    return cube(found, names, {"conversions": ("d", 1), "cents": ("d", 1)}, rung.grain)
