"""One conversion's journey as the warehouse has it, as plain values."""

from __future__ import annotations

import math
from typing import Any

from common.warehouse import Warehouse
from common.words import plural
from explain import identity, lookup, written_back
from explain.check import check
from explain.left_out import left_out
from explain.models import MODELS
from explain.recompute import SECONDS
from explain.winner import why_it_won

SETTINGS = (
    "exported_model",
    "single_win_criterion",
    "position_based_weights",
    "decay_rate",
    "decay_half_life",
    "decay_time_unit",
    "lookback_window_days",
    "timestamp_granularity",
    "touch_anchor",
    "connected_touches_only",
    "crm_timezone",
    "date_only_convention",
    "reporting_currency",
)


def journey(warehouse: Warehouse, conversion_id: str, variables: dict[str, Any]) -> dict[str, Any]:
    """``{conversion, settings, touches, single_win, left_out, check}`` under the vars of the build.

    Raises AttributionError where nothing was built yet or the warehouse has no such conversion.
    """
    lookup.require_marts(warehouse)
    conversion = lookup.conversion(warehouse, conversion_id, variables)
    conversion_id = conversion["conversion_id"]
    knows = identity.known(warehouse)
    own = identity.of(warehouse, "conversion", "conversion", conversion_id) if knows else {}
    touches = _touches(warehouse, conversion, variables, knows)
    return {
        "conversion": {**conversion, "identity": own.get(conversion_id)},
        "settings": settings_shown(variables),
        "touches": touches,
        "single_win": _single_win(warehouse, conversion_id, touches),
        "left_out": left_out(warehouse, conversion, variables),
        "check": check(warehouse, conversion_id, variables),
    }


def settings_shown(variables: dict[str, Any]) -> dict[str, Any]:
    """The vars that credit depends on."""
    return {name: variables[name] for name in SETTINGS}


def decay_rate(variables: dict[str, Any]) -> float:
    """λ per ``decay_time_unit``, from the half-life where that is set, else from the rate."""
    half_life = variables.get("decay_half_life")
    return math.log(2) / float(half_life) if half_life else float(variables["decay_rate"])


def decay_of(hours: float, variables: dict[str, Any]) -> float:
    """exp(-λΔt)."""
    return math.exp(-decay_rate(variables) * hours * 3600 / SECONDS[variables["decay_time_unit"]])


def rate_in_words(variables: dict[str, Any]) -> str:
    """λ and the half-life that it means, in the decay's own unit."""
    rate, unit = decay_rate(variables), variables["decay_time_unit"]
    if rate == 0:
        return "λ 0: no decay"
    half_life = f"{math.log(2) / rate:.4g}"
    return f"λ {rate:.4g} per {unit}, a half-life of {half_life} {unit if half_life == '1' else plural(unit)}"


def credits_of(row: dict[str, Any]) -> dict[str, float]:
    """Credit by model, from a row of ``fct_attribution``."""
    return {model: row[f"{model}_credit"] for model in MODELS}


def values_of(row: dict[str, Any]) -> dict[str, Any]:
    """Value by model, from a row of ``fct_attribution``; None where there is no value or no rate."""
    return {model: row[f"{model}_value"] for model in MODELS}


def _touches(
    warehouse: Warehouse, conversion: dict[str, Any], variables: dict[str, Any], knows: bool
) -> list[dict[str, Any]]:
    rows = warehouse.query(
        """
        select
            attribution.*, touches.source, touches.campaign_name, touches.started_at, touches.is_connected,
            touches.agent_id, touches.disposition_code, touches.identity_match
        from marts.fct_attribution as attribution
        left join marts.fct_touches as touches on attribution.touch_id = touches.touch_id
        where attribution.conversion_id = ?
        order by attribution.position
        """,
        [conversion["conversion_id"]],
    )
    identities = identity.of(warehouse, "touch", "conversion", conversion["conversion_id"]) if knows else {}
    sent = written_back.of(warehouse, written_back.OF_CONVERSION, conversion["conversion_id"])
    model = variables["exported_model"]
    return [
        {
            "position": row["position"],
            "touch_id": row["touch_id"],
            "source": row["source"],
            "touched_at": row["touched_at"],
            "started_at": row["started_at"],
            "campaign_id": row["campaign_id"],
            "campaign_name": row["campaign_name"],
            "channel": row["channel"],
            "touch_sequence": row["touch_sequence"],
            "agent_id": row["agent_id"],
            "disposition_code": row["disposition_code"],
            "is_connected": row["is_connected"],
            "identity_match": row["identity_match"],
            "identity": identities.get(row["touch_id"]),
            "hours_to_conversion": row["hours_to_conversion"],
            "decay": decay_of(row["hours_to_conversion"], variables),
            "channel_weight": row["channel_weight"],
            "credit": row[f"{model}_credit"],
            "value": row[f"{model}_value"],
            "is_single_win": row["single_win_credit"] == 1,
            "credits": credits_of(row),
            "values": values_of(row),
            "written_back": sent.get(row["touch_id"], {}).get("state") in ("up_to_date", "outdated"),
            "write_back": sent.get(row["touch_id"]),
        }
        for row in rows
    ]


def _single_win(warehouse: Warehouse, conversion_id: str, touches: list[dict[str, Any]]) -> dict[str, Any] | None:
    rows = warehouse.query(
        """select winning_touch_id, winning_campaign_id, criterion, competing_campaigns
           from marts.fct_single_win where conversion_id = ?""",
        [conversion_id],
    )
    winner = next((touch for touch in touches if touch["is_single_win"]), None)
    if not rows or winner is None:
        return None
    return {**rows[0], "why": why_it_won(winner, touches, rows[0]["criterion"])}
