"""What has to be sent: the export held against the ledger."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from common.errors import AttributionError
from common.warehouse import Warehouse
from write_back.ledger import SENT, Entry
from write_back.records import RETRACTED_HASH, Task, render, retraction

EXPORT = ("exports", "export_genesys_attribution")


@dataclass(frozen=True)
class Plan:
    """Tasks in the order in which they are sent, newest conversion first, and how they divide.

    ``new`` are rows of which nothing is known to be there, ``changed`` those that replace what is there.
    """

    tasks: list[Task] = field(default_factory=list)
    new: int = 0
    changed: int = 0
    retracted: int = 0
    unchanged: int = 0

    def minutes(self, requests_per_minute: int) -> float:
        """How long sending takes when the rate limit is what holds it up."""
        return len(self.tasks) / requests_per_minute


def read_export(warehouse: Warehouse) -> list[dict[str, Any]]:
    """All rows of the export. Raises AttributionError where no build has made it, or where it was built on nothing."""
    if not warehouse.exists(*EXPORT):
        raise AttributionError(
            f"The warehouse has no {'.'.join(EXPORT)}.", "Run `attribution load`, then `dbt build` first."
        )
    # The warehouse rounds the credits, by the cast that row_hash is built on: so both speak of the same figure.
    rows = warehouse.query(
        "select conversation_id, cast(attribution_credit as decimal(28, 9)) as attribution_credit, attributed_value, "
        "attribution_model, cast(single_win_credit as decimal(28, 9)) as single_win_credit, "
        f"campaign_id, touch_sequence, conversion_count, row_hash from {'.'.join(EXPORT)} "
        "order by last_converted_at desc nulls last, conversation_id"
    )
    if not rows and not _has_touches(warehouse):
        # Without this a build on an empty warehouse would take back all that was ever sent.
        raise AttributionError(
            f"{'.'.join(EXPORT)} is empty, and so is the touches' table: the build had nothing to work on.",
            "Run `attribution load`, then `dbt build`, then the write-back again.",
        )
    return rows


def make_plan(rows: list[dict[str, Any]], ledger: dict[str, Entry]) -> Plan:
    """Hold the export's rows against what the ledger knows to be in the org."""
    tasks: list[Task] = []
    new = changed = unchanged = retracted = 0
    for row in rows:
        entry = ledger.get(row["conversation_id"])
        if entry is not None and entry.status == SENT and entry.row_hash == row["row_hash"]:
            unchanged += 1
            continue
        known_hash = entry.row_hash if entry else None
        if known_hash is None:
            new += 1
        else:
            changed += 1
        version = entry.version if entry else None
        tasks.append(Task(row["conversation_id"], render(row), row["row_hash"], version, known_hash))
    exported = {row["conversation_id"] for row in rows}
    for conversation_id in sorted(ledger.keys() - exported):
        entry = ledger[conversation_id]
        if entry.status == SENT and entry.row_hash == RETRACTED_HASH:
            continue
        retracted += 1
        tasks.append(Task(conversation_id, retraction(), RETRACTED_HASH, entry.version, entry.row_hash))
    return Plan(tasks, new, changed, retracted, unchanged)


def _has_touches(warehouse: Warehouse) -> bool:
    return warehouse.exists("marts", "fct_touches") and bool(
        warehouse.query("select 1 as found from marts.fct_touches limit 1")
    )
