"""The settings of the last finished build, which the warehouse keeps: what `explain` explains by."""

from __future__ import annotations

import json
from typing import Any

from cli.load import SOURCES
from common.dbt_vars import dbt_vars
from common.errors import AttributionError
from common.warehouse import Warehouse


def last_build(warehouse: Warehouse) -> dict[str, Any]:
    """The vars of the last finished build by name; an AttributionError where none has finished."""
    if not warehouse.exists("build_log", "builds"):
        raise AttributionError("The warehouse holds no finished build.", _what_first(warehouse))
    rows = warehouse.query("select vars from build_log.builds order by finished_at desc limit 1")
    if not rows:
        raise AttributionError("The warehouse holds no finished build.", _what_first(warehouse))
    kept = rows[0]["vars"]
    kept = json.loads(kept) if isinstance(kept, str) else kept
    # A build keeps the rate that its half-life came to; the project's own half-life may be of a later day.
    return {**dbt_vars(kept), "decay_half_life": kept.get("decay_half_life")}


def _what_first(warehouse: Warehouse) -> str:
    loaded = any(warehouse.exists(f"raw_{source}", "completed_loads") for source in SOURCES)
    return "Run `dbt build` first." if loaded else "Run `attribution load` and then `dbt build` first."
