"""One touch and every conversion that it serves, as plain values."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from common.warehouse import Warehouse
from explain import identity, lookup, written_back
from explain.check import check
from explain.conversion import credits_of, settings_shown, values_of
from explain.left_out import why_left_out
from explain.models import MODELS

# Which dimension names the ids of a touch.
NAMES = {
    "agent_id": ("dim_agents", "agent_name"),
    "queue_id": ("dim_queues", "queue_name"),
    "ivr_node_id": ("dim_ivr_nodes", "ivr_node_name"),
    "disposition_code": ("dim_dispositions", "disposition_name"),
}


def service(warehouse: Warehouse, touch_id: str, variables: dict[str, Any]) -> dict[str, Any]:
    """``{touch, settings, conversions, totals, not_served, write_back, check}`` under the vars of the build.

    ``conversions`` are those that the touch serves, oldest first, with its credit and value by model; ``totals`` the
    sums by model; ``not_served`` the same person's other conversions, with the rule that keeps the touch out.
    Raises AttributionError where nothing was built yet or the warehouse has no such touch.
    """
    lookup.require_marts(warehouse)
    touch = lookup.touch(warehouse, touch_id, variables)
    identities = identity.of(warehouse, "touch", "touch", touch_id) if identity.known(warehouse) else {}
    conversions = _conversions(warehouse, touch_id, variables)
    checks = [check(warehouse, each["conversion_id"], variables) for each in conversions]
    return {
        "touch": {
            **touch,
            "identity": identities.get(touch_id),
            "names": _names(warehouse, touch),
            **_facts(warehouse, touch_id),
        },
        "settings": settings_shown(variables),
        "conversions": conversions,
        "totals": {
            model: {
                "credit": sum(each["credits"][model] for each in conversions),
                "value": _sum_known([each["values"][model] for each in conversions]),
            }
            for model in MODELS
        },
        "not_served": _not_served(warehouse, touch, variables),
        "write_back": written_back.of(warehouse, written_back.OF_TOUCH, touch_id).get(touch_id),
        "check": _together(checks, touch_id),
    }


def _conversions(warehouse: Warehouse, touch_id: str, variables: dict[str, Any]) -> list[dict[str, Any]]:
    model = variables["exported_model"]
    rows = warehouse.query(
        """
        select
            attribution.*, conversions.source, conversions.is_date_only, conversions.conversion_value,
            conversions.currency, conversions.conversion_value_reporting
        from marts.fct_attribution as attribution
        inner join marts.fct_conversions as conversions on attribution.conversion_id = conversions.conversion_id
        where attribution.touch_id = ?
        order by attribution.converted_at, attribution.conversion_id
        """,
        [touch_id],
    )
    return [
        {
            "conversion_id": row["conversion_id"],
            "source": row["source"],
            "converted_at": row["converted_at"],
            "is_date_only": row["is_date_only"],
            "conversion_value": row["conversion_value"],
            "currency": row["currency"],
            "conversion_value_reporting": row["conversion_value_reporting"],
            "position": row["position"],
            "journey_length": row["journey_length"],
            "hours_to_conversion": row["hours_to_conversion"],
            "channel_weight": row["channel_weight"],
            "credit": row[f"{model}_credit"],
            "value": row[f"{model}_value"],
            "is_single_win": row["single_win_credit"] == 1,
            "credits": credits_of(row),
            "values": values_of(row),
        }
        for row in rows
    ]


def _sum_known(values: list[Decimal | None]) -> Decimal | None:
    """As SQL's sum: of those that are known, None where none is."""
    known = [value for value in values if value is not None]
    return sum(known, Decimal(0)) if known else None


def _facts(warehouse: Warehouse, touch_id: str) -> dict[str, Any]:
    """Who took part, by share, and what the data-quality report says of it; what the warehouse has of these."""
    there = lookup.tables(warehouse)
    facts: dict[str, Any] = {}
    for name, sql in {
        "agents": """select agent_id, share from marts.bridge_touch_agents
                     where touch_id = ? order by share desc, agent_id""",
        "ivr_nodes": """select ivr_node_id, outcome, share from marts.bridge_touch_ivr_nodes
                        where touch_id = ? order by ivr_node_id""",
        "findings": """select finding, severity, detail from reports.rpt_data_quality
                       where record_id = ? order by finding""",
    }.items():
        table = sql.split(" from ")[1].split()[0]
        facts[name] = warehouse.query(sql, [touch_id]) if table in there else []
    return facts


def _names(warehouse: Warehouse, touch: dict[str, Any]) -> dict[str, str]:
    """What the ids of the touch are called, by the column that holds the id; what has no name is not there."""
    there = lookup.tables(warehouse)
    names = {}
    for column, (table, name) in NAMES.items():
        if touch[column] is not None and f"marts.{table}" in there:
            rows = warehouse.query(f"select {name} as name from marts.{table} where {column} = ?", [touch[column]])
            if rows and rows[0]["name"] not in (None, touch[column]):
                names[column] = rows[0]["name"]
    return names


def _not_served(warehouse: Warehouse, touch: dict[str, Any], variables: dict[str, Any]) -> list[dict[str, Any]]:
    rows = warehouse.query(
        """
        select conversion_id, converted_at, conversion_value_reporting
        from marts.fct_conversions
        where person_key = ?
            and conversion_id not in (select conversion_id from marts.fct_attribution where touch_id = ?)
        order by converted_at, conversion_id
        """,
        [touch["person_key"], touch["touch_id"]],
    )
    told = []
    for row in rows:
        rule, reason = why_left_out(touch, row["converted_at"], variables)
        told.append({**row, "rule": rule, "reason": reason})
    return told


def _together(checks: list[dict[str, Any]], touch_id: str) -> dict[str, Any]:
    """One check of several: what differs about this touch, or about a conversion as a whole."""
    differences = [
        difference
        for each in checks
        for difference in each["differences"]
        if difference["touch_id"] in (None, touch_id)
    ]
    unknown = any(each["agrees"] is None for each in checks)
    return {
        "agrees": None if unknown else not differences,
        "differences": differences,
        "note": next((each["note"] for each in checks if each["note"]), None),
    }
