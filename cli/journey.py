"""One conversion's journey as the warehouse has it: what `explain` shows, as plain values."""

from __future__ import annotations

import math
from datetime import datetime, timedelta
from typing import Any

from cli.settings_of_build import decay_per_hour, last_build
from common import settings
from common.errors import AttributionError
from common.warehouse import Warehouse

MARTS = ("fct_conversions", "fct_attribution", "fct_touches", "fct_single_win")

# Credits are doubles; two touches whose weights differ by less are a tie, which goes to the later touch.
TIE = 1e-12


def journey(warehouse: Warehouse, conversion_id: str) -> dict[str, Any]:
    """The conversion, its touches in order with decay, weight and credit, the winner and why, and what was left out.

    Raises AttributionError where nothing was built yet or the warehouse has no such conversion.
    """
    variables = last_build(warehouse)
    for table in MARTS:
        if not warehouse.exists("marts", table):
            raise AttributionError(f"The warehouse has no marts.{table}.", "Run `dbt build` first.")
    conversion = _conversion(warehouse, conversion_id)
    touches = _touches(warehouse, conversion["conversion_id"], variables)
    return {
        "conversion": conversion,
        "settings": {
            name: variables[name]
            for name in (
                "exported_model",
                "single_win_criterion",
                "decay_rate",
                "decay_half_life",
                "decay_time_unit",
                "lookback_window_days",
                "timestamp_granularity",
                "touch_anchor",
                "connected_touches_only",
                "reporting_currency",
            )
        },
        "touches": touches,
        "single_win": _single_win(warehouse, conversion["conversion_id"], touches),
        "left_out": _left_out(warehouse, conversion, touches, variables),
    }


def _conversion(warehouse: Warehouse, conversion_id: str) -> dict[str, Any]:
    columns = """conversion_id, source, person_key, lead_id, campaign_id, converted_at, is_date_only,
        conversion_value, currency, conversion_value_reporting, touch_count"""
    found = warehouse.query(f"select {columns} from marts.fct_conversions where conversion_id = ?", [conversion_id])
    if not found and len(conversion_id) == 15:
        # Salesforce's pages show the id without its last three characters, which are a checksum.
        found = warehouse.query(
            f"select {columns} from marts.fct_conversions where left(conversion_id, 15) = ?", [conversion_id]
        )
    if len(found) != 1:
        distance = {"duckdb": "levenshtein", "snowflake": "editdistance"}[settings.target()]
        close = warehouse.query(
            f"""select conversion_id from marts.fct_conversions
                order by {distance}(conversion_id, ?), conversion_id limit 3""",
            [conversion_id],
        )
        raise AttributionError(
            f"There is no conversion {conversion_id!r} in the warehouse.",
            f"The closest are {', '.join(row['conversion_id'] for row in close)}."
            if close
            else "It holds no conversion at all: load a CRM or files, then run `dbt build`.",
        )
    return found[0]


def _touches(warehouse: Warehouse, conversion_id: str, variables: dict[str, Any]) -> list[dict[str, Any]]:
    rows = warehouse.query(
        """
        select
            attribution.*, touches.campaign_name, touches.started_at, touches.is_connected, touches.agent_id,
            touches.disposition_code
        from marts.fct_attribution as attribution
        left join marts.fct_touches as touches on attribution.touch_id = touches.touch_id
        where attribution.conversion_id = ?
        order by attribution.position
        """,
        [conversion_id],
    )
    per_hour = decay_per_hour(variables)
    sent = _written_back(warehouse, conversion_id)
    model = variables["exported_model"]
    return [
        {
            "position": row["position"],
            "touch_id": row["touch_id"],
            "touched_at": row["touched_at"],
            "started_at": row["started_at"],
            "campaign_id": row["campaign_id"],
            "campaign_name": row["campaign_name"],
            "channel": row["channel"],
            "touch_sequence": row["touch_sequence"],
            "agent_id": row["agent_id"],
            "disposition_code": row["disposition_code"],
            "is_connected": row["is_connected"],
            "hours_to_conversion": row["hours_to_conversion"],
            "decay": math.exp(-per_hour * row["hours_to_conversion"]),
            "channel_weight": row["channel_weight"],
            "credit": row[f"{model}_credit"],
            "value": row[f"{model}_value"],
            "is_single_win": row["single_win_credit"] == 1,
            "credits": {name.removesuffix("_credit"): value for name, value in row.items() if name.endswith("_credit")},
            "written_back": row["touch_id"] in sent,
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


def why_it_won(winner: dict[str, Any], touches: list[dict[str, Any]], criterion: str) -> str:
    """A sentence on why ``winner`` got the single win among ``touches``."""
    campaign = winner["campaign_name"] or winner["campaign_id"]
    head = f"Touch {winner['position']} ({campaign}, {winner['channel']}) has the single win"
    if len(touches) == 1:
        return f"{head}: it is the only touch that qualifies."
    among = f"of the {len(touches)} touches that qualify"
    if criterion == "last_touch":
        return f"{head}: it is the latest {among} (single_win_criterion: last_touch)."
    if criterion == "first_touch":
        return f"{head}: it is the earliest {among} (single_win_criterion: first_touch)."
    credit = winner["credits"]["channel_weighted_time_decay"]
    tied = [
        touch
        for touch in touches
        if touch is not winner
        and abs(touch["credits"]["channel_weighted_time_decay"] - credit) <= TIE * max(credit, 1e-300)
    ]
    sentence = (
        f"{head}: its channel-weighted time-decay credit, {credit:.4f}, is the largest {among} "
        "(single_win_criterion: highest_weighted)"
    )
    return sentence + (", and of those that tie it is the latest." if tied else ".")


def _left_out(
    warehouse: Warehouse, conversion: dict[str, Any], touches: list[dict[str, Any]], variables: dict[str, Any]
) -> list[dict[str, Any]]:
    rows = warehouse.query(
        """
        select touch_id, started_at, touched_at, campaign_id, campaign_name, channel, touch_sequence, is_connected
        from marts.fct_touches
        where person_key = ?
            and touch_id not in (select touch_id from marts.fct_attribution where conversion_id = ?)
        order by touched_at, touch_id
        """,
        [conversion["person_key"], conversion["conversion_id"]],
    )
    return [{**row, "reason": why_left_out(row, conversion["converted_at"], variables)} for row in rows]


def why_left_out(touch: dict[str, Any], converted_at: datetime, variables: dict[str, Any]) -> str:
    """Which rule keeps a touch of the same person out of this conversion's journey."""
    unit = variables["timestamp_granularity"]
    touched, converted = truncate(touch["touched_at"], unit), truncate(converted_at, unit)
    if variables["connected_touches_only"] and not touch["is_connected"]:
        return "nobody answered (connected_touches_only)"
    if touched > converted:
        if touch["started_at"] and touch["started_at"] <= converted_at and variables["touch_anchor"] == "end":
            return "ended after the conversion, though it began before (touch_anchor: start would count it)"
        return "after the conversion"
    if touched == converted:
        return f"in the same {unit} as the conversion, so not before it"
    days = variables["lookback_window_days"]
    if converted - touched > timedelta(days=days):
        return f"{(converted - touched) / timedelta(days=1):.1f} days before; the lookback window is {days} days"
    return "no rule leaves it out: the tables are of different builds; run `dbt build`"


def truncate(instant: datetime, unit: str) -> datetime:
    """``instant`` at the granularity of comparison: second, minute, hour or day."""
    zeros = {"second": 0, "minute": 1, "hour": 2, "day": 3}[unit]
    fields = ("microsecond", "second", "minute", "hour")[: zeros + 1]
    return instant.replace(**dict.fromkeys(fields, 0))


def _written_back(warehouse: Warehouse, conversion_id: str) -> set[str]:
    """Touches of the journey whose credit the org holds."""
    if not warehouse.exists("write_back", "ledger"):
        return set()
    rows = warehouse.query(
        """select conversation_id from write_back.ledger
           where status = 'sent'
               and conversation_id in (select touch_id from marts.fct_attribution where conversion_id = ?)""",
        [conversion_id],
    )
    return {row["conversation_id"] for row in rows}
