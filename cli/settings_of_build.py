"""The settings of the last finished build, which the warehouse keeps: what `explain` explains by."""

from __future__ import annotations

import json
import math
from typing import Any

from common.dbt_vars import dbt_vars
from common.errors import AttributionError
from common.warehouse import Warehouse

HOURS = {"hour": 1, "day": 24, "week": 168}


def last_build(warehouse: Warehouse) -> dict[str, Any]:
    """The vars of the last finished build by name; an AttributionError where none has finished."""
    if not warehouse.exists("build_log", "builds"):
        raise AttributionError("The warehouse holds no finished build.", _what_first(warehouse))
    rows = warehouse.query("select vars from build_log.builds order by finished_at desc limit 1")
    if not rows:
        raise AttributionError("The warehouse holds no finished build.", _what_first(warehouse))
    kept = rows[0]["vars"]
    return dbt_vars(json.loads(kept) if isinstance(kept, str) else kept)


def decay_per_hour(variables: dict[str, Any]) -> float:
    """λ per hour, from the half-life where that is set, else from the rate."""
    half_life = variables.get("decay_half_life")
    rate = math.log(2) / float(half_life) if half_life else float(variables["decay_rate"])
    return rate / HOURS[variables["decay_time_unit"]]


def _what_first(warehouse: Warehouse) -> str:
    loaded = any(warehouse.exists(f"raw_{source}", "completed_loads") for source in ("genesys", "salesforce", "files"))
    return "Run `dbt build` first." if loaded else "Run `attribution load` and then `dbt build` first."
