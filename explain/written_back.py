"""What the write-back sent of a touch, and when."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from common.warehouse import Warehouse
from explain.lookup import tables
from write_back.ledger import FAILED, PENDING
from write_back.records import RETRACTED_HASH

OF_CONVERSION = "select touch_id from marts.fct_attribution where conversion_id = ?"
OF_TOUCH = "select touch_id from marts.fct_touches where touch_id = ?"


def of(warehouse: Warehouse, touch_ids: str, parameter: str) -> dict[str, dict[str, Any]]:
    """By touch: ``{state, words, sent_at, status, error, version, exported}`` for those that ``touch_ids`` selects.

    States: up_to_date, outdated, taken_back, unfinished, failed, not_sent. A touch that is neither exported nor in
    the ledger (no Genesys conversation, or never with credit) is not there. ``exported`` is what the export holds
    now; where the state is up_to_date that is what was sent. Of several targets it is the one that was sent to last.
    """
    there = tables(warehouse)
    ledger = exported = {}
    if "write_back.ledger" in there:
        ledger = {
            row["conversation_id"]: row
            for row in warehouse.query(
                f"""select conversation_id, row_hash, version, sent_at, status, error from write_back.ledger
                    where conversation_id in ({touch_ids}) order by sent_at""",
                [parameter],
            )
        }
    if "exports.export_genesys_attribution" in there:
        exported = {
            row["conversation_id"]: row
            for row in warehouse.query(
                f"select * from exports.export_genesys_attribution where conversation_id in ({touch_ids})", [parameter]
            )
        }
    return {id: _told(ledger.get(id), exported.get(id)) for id in sorted(ledger.keys() | exported.keys())}


def _told(entry: dict[str, Any] | None, exported: dict[str, Any] | None) -> dict[str, Any]:
    state = state_of(entry, exported)
    entry = entry or {}
    return {
        "state": state,
        "words": in_words(state, entry.get("sent_at"), entry.get("error")),
        "sent_at": entry.get("sent_at"),
        "status": entry.get("status"),
        "error": entry.get("error"),
        "version": entry.get("version"),
        "exported": exported,
    }


def state_of(entry: dict[str, Any] | None, exported: dict[str, Any] | None) -> str:
    """How the ledger's entry and the export's row of one conversation stand to one another."""
    if entry is None:
        return "not_sent"
    if entry["status"] == FAILED:
        return "failed"
    if entry["status"] == PENDING:
        return "unfinished"
    if exported is not None and entry["row_hash"] == exported["row_hash"]:
        return "up_to_date"
    if exported is None and entry["row_hash"] == RETRACTED_HASH:
        return "taken_back"
    return "outdated"


def in_words(state: str, sent_at: datetime | None, error: str | None) -> str:
    """A clause without its subject; ``sent_at`` is UTC."""
    at = f"{sent_at:%Y-%m-%d %H:%M:%S} UTC" if sent_at else "an unknown time"
    return {
        "up_to_date": f"sent at {at}, and up to date",
        "outdated": f"sent at {at}; the figures have changed since, and the next write-back sends them",
        "taken_back": f"taken back at {at}",
        "unfinished": f"a write-back was interrupted at {at} while it sent it; the next one settles it",
        "failed": f"failed at {at}: {error}",
        "not_sent": "not sent yet",
    }[state]
