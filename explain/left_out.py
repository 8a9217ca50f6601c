"""Which rule keeps a touch out of a conversion's journey."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from common.warehouse import Warehouse
from common.words import number
from explain import identity
from explain.recompute import truncate

COLUMNS = "touch_id, started_at, touched_at, campaign_id, campaign_name, channel, touch_sequence, is_connected"


def left_out(warehouse: Warehouse, conversion: dict[str, Any], variables: dict[str, Any]) -> list[dict[str, Any]]:
    """Touches that one might have expected in the journey, with ``rule`` and ``reason``; oldest first.

    Those of the same person first, then those that share the person's phone or e-mail but are somebody else's.
    """
    own = warehouse.query(
        f"""
        select {COLUMNS}
        from marts.fct_touches
        where person_key = ?
            and touch_id not in (select touch_id from marts.fct_attribution where conversion_id = ?)
        order by touched_at, touch_id
        """,
        [conversion["person_key"], conversion["conversion_id"]],
    )
    rows = []
    for touch in own:
        rule, reason = why_left_out(touch, conversion["converted_at"], variables)
        rows.append({**touch, "rule": rule, "reason": reason})
    if identity.known(warehouse):
        for touch in identity.given_to_others(warehouse, conversion):
            kept = {name: touch[name] for name in COLUMNS.split(", ")}
            rows.append({**kept, "rule": "another_person", "reason": identity.why_another_person(touch)})
    return rows


def why_left_out(touch: dict[str, Any], converted_at: datetime, variables: dict[str, Any]) -> tuple[str, str]:
    """(rule, sentence) for a touch of the same person that is not in the conversion's journey."""
    unit = variables["timestamp_granularity"]
    touched, converted = truncate(touch["touched_at"], unit), truncate(converted_at, unit)
    if variables["connected_touches_only"] and not touch["is_connected"]:
        return "not_connected", "nobody answered (connected_touches_only)"
    if touched > converted:
        if touch["started_at"] and touch["started_at"] <= converted_at and variables["touch_anchor"] == "end":
            return (
                "ended_after",
                "ended after the conversion, though it began before (touch_anchor: start would count it)",
            )
        return "after", "after the conversion"
    if touched == converted:
        return "same_period", f"in the same {unit} as the conversion, so not before it"
    days = variables["lookback_window_days"]
    if converted - touched > timedelta(days=days):
        ago = (converted - touched) / timedelta(days=1)
        return "past_lookback", f"{ago:.1f} days before; the lookback window is {number(days, 'day')}"
    return "none", "no rule leaves it out: the tables are of different builds; run `dbt build`"
