"""Conversions that a CRM or a web site reports as they happen: a server takes them in, a load moves them on.

The server (``attribution webhook``) and the load share nothing but the inbox, a file; either runs without the other.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import dlt
from dlt.extract import DltResource

from common import settings
from ingestion import pipeline
from ingestion.webhook.event import instant
from ingestion.webhook.inbox import Inbox

# dlt writes its own hints into these: each column needs a dictionary of its own.
COLUMNS: dict[str, dict[str, Any]] = {
    "event_id": {"data_type": "text", "nullable": False},
    "seq": {"data_type": "bigint"},
    "received_at": {"data_type": "timestamp"},
    "lead_id": {"data_type": "text"},
    "converted_at": {"data_type": "timestamp"},
    "conversion_id": {"data_type": "text"},
    "conversion_value": {"data_type": "decimal", "precision": 18, "scale": 4},
    "currency": {"data_type": "text"},
    "conversion_type": {"data_type": "text"},
    "campaign_id": {"data_type": "text"},
}


def load_webhook() -> pipeline.LoadSummary:
    """Move every event that the inbox holds now into ``raw_webhook.events``, each once.

    An event leaves the inbox only after the warehouse has it. A load that was killed in between finds it there again,
    and then it takes its own place: the key is its id.
    """
    pipeline.check_warehouse()
    path = settings.webhook_inbox()
    notes = [] if path.exists() else [f"There is no inbox {path} yet: `attribution webhook` makes it and fills it."]
    if not path.exists():
        return pipeline.load(webhook(None, 0), notes=notes)
    with Inbox(path) as inbox:
        last = inbox.last_seq()
        summary = pipeline.load(webhook(inbox, last), notes=notes)
        inbox.moved(last)
    return summary


@dlt.source(name="webhook", max_table_nesting=0)
def webhook(inbox: Inbox | None, up_to: int) -> list[DltResource]:
    """``events``: those of the inbox that are still to be moved, up to this number."""

    @dlt.resource(name="events", primary_key="event_id", write_disposition="merge", columns=COLUMNS)
    def events() -> Iterator[Any]:
        yield dlt.mark.materialize_table_schema()
        if inbox is not None:
            for batch in inbox.waiting(up_to):
                yield [row(event) for event in batch]

    return [events]


def row(event: dict[str, Any]) -> dict[str, Any]:
    """An event of the inbox as a row of raw_webhook.events, with every column of it."""
    value = event.get("conversion_value")
    return {
        **{name: event.get(name) for name in COLUMNS},
        "received_at": instant(event["received_at"]),
        "converted_at": instant(event["converted_at"]),
        "conversion_value": None if value is None else Decimal(value).quantize(Decimal("0.0001")),
    }
