"""What is known to be in the org: one row per conversation, and one per run, in the warehouse's schema write_back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple, dataclass
from datetime import UTC, datetime
from typing import Any

from common.warehouse import Warehouse

SCHEMA = "write_back"

# A record may be there or not, and with which content: it is being sent, or the run that sent it was killed.
PENDING = "pending"
SENT = "sent"
FAILED = "failed"


@dataclass(frozen=True)
class Entry:
    """One conversation. ``row_hash`` and ``version`` are those of the last write that the org acknowledged."""

    conversation_id: str
    record_id: str
    schema_id: str
    row_hash: str | None
    version: int | None
    sent_at: datetime | None
    status: str
    error: str | None = None


COLUMNS = "conversation_id, record_id, schema_id, row_hash, version, sent_at, status, error"


def now() -> datetime:
    """This instant in UTC without a zone, as the warehouse keeps it."""
    return datetime.now(UTC).replace(tzinfo=None)


def make_tables(warehouse: Warehouse) -> None:
    """Make schema and tables where they are missing."""
    for statement in (
        f"create schema if not exists {SCHEMA}",
        f"""create table if not exists {SCHEMA}.ledger (
            conversation_id varchar primary key, record_id varchar, schema_id varchar, row_hash varchar,
            version bigint, sent_at timestamp, status varchar, error varchar)""",
        f"""create table if not exists {SCHEMA}.runs (
            started_at timestamp, finished_at timestamp, sent bigint, failed bigint, unchanged bigint,
            retracted bigint)""",
    ):
        warehouse.execute(statement)


def read(warehouse: Warehouse, schema_id: str | None) -> dict[str, Entry]:
    """The entries under this schema of the org, by conversation. Those of another schema or org say nothing."""
    if schema_id is None or not warehouse.exists(SCHEMA, "ledger"):
        return {}
    rows = warehouse.query(f"select {COLUMNS} from {SCHEMA}.ledger where schema_id = ?", [schema_id])
    return {row["conversation_id"]: Entry(**row) for row in rows}


def write(warehouse: Warehouse, entries: Sequence[Entry]) -> None:
    """Put these entries in place of what the ledger has of their conversations, all of them or none."""
    if not entries:
        return
    marks = ", ".join("?" for _ in entries)
    row_marks = ", ".join("(?, ?, ?, ?, ?, ?, ?, ?)" for _ in entries)
    values: list[Any] = [value for entry in entries for value in astuple(entry)]
    # One cursor: with DuckDB each cursor is a connection, and a transaction, of its own.
    cursor = warehouse.connection.cursor()
    cursor.execute("begin transaction")
    try:
        cursor.execute(
            f"delete from {SCHEMA}.ledger where conversation_id in ({marks})",
            [entry.conversation_id for entry in entries],
        )
        cursor.execute(f"insert into {SCHEMA}.ledger ({COLUMNS}) values {row_marks}", values)
    except BaseException:
        cursor.execute("rollback")
        raise
    cursor.execute("commit")


def write_run(
    warehouse: Warehouse, started_at: datetime, sent: int, failed: int, unchanged: int, retracted: int
) -> None:
    """Add one finished run."""
    warehouse.execute(
        f"insert into {SCHEMA}.runs (started_at, finished_at, sent, failed, unchanged, retracted) "
        "values (?, ?, ?, ?, ?, ?)",
        [started_at, now(), sent, failed, unchanged, retracted],
    )
