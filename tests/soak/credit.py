"""An export of many rows, and the org that they go to: a write-back that is long enough to be killed in the middle."""

from __future__ import annotations

import hashlib
from datetime import date
from pathlib import Path

import duckdb

from sandbox.org import Org

COLUMNS = """conversation_id varchar, attribution_credit double, attributed_value decimal(18, 2),
    attribution_model varchar, single_win_credit double, campaign_id varchar, touch_sequence integer,
    conversion_count bigint, last_converted_at timestamp, row_hash varchar"""


def org_of(rows: int) -> Org:
    """An org of so many conversations, and nothing else."""
    return Org(
        seed=1,
        scale=0.0,
        as_of=date(2026, 6, 15),
        organization={"id": "org", "name": "Many rows"},
        conversations=[
            {
                "conversationId": f"conversation-{number:04}",
                "conversationStart": f"2026-06-01T{number // 60:02}:{number % 60:02}:00.000Z",
                "conversationEnd": f"2026-06-01T{number // 60:02}:{number % 60:02}:30.000Z",
                "originatingDirection": "outbound",
                "participants": [],
            }
            for number in range(rows)
        ],
    )


def fill(file: Path, rows: int, edition: int) -> None:
    """The export's rows of an edition: each has other credit in the next, and every seventh is gone in odd ones."""
    with duckdb.connect(str(file)) as connection:
        connection.execute("create schema if not exists exports")
        connection.execute(f"create or replace table exports.export_genesys_attribution ({COLUMNS})")
        for number in range(rows):
            if edition % 2 and number % 7 == 0:
                continue
            row = [
                f"conversation-{number:04}",
                (number + edition) / 1000,
                number + edition,
                "linear",
                0.0,
                f"campaign-{edition}",
                number % 5,
                1,
                "2026-06-14 12:00:00",
            ]
            row.append(hashlib.sha256(repr(row).encode()).hexdigest())
            connection.execute(
                f"insert into exports.export_genesys_attribution values ({', '.join('?' for _ in row)})", row
            )
