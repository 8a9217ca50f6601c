"""What is known to be where credit is written back to, in the warehouse's schema write_back.

``ledger`` has a row per record, ``write_back_failures`` one per record that did not get there, ``runs`` one per run.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple, dataclass, fields
from datetime import UTC, datetime
from typing import Any

from common.warehouse import Warehouse

SCHEMA = "write_back"

# A record may be there or not, and with which content: it is being sent, or the run that sent it was killed.
PENDING = "pending"
SENT = "sent"
FAILED = "failed"

FIRST_TARGET = "custom_attributes"


@dataclass(frozen=True)
class Entry:
    """One record. ``row_hash`` and ``version`` are those of the last write that was acknowledged.

    ``schema_id`` is what the target's scope is: a schema of the org, the org, a file.
    """

    target: str
    record_id: str
    conversation_id: str | None
    schema_id: str
    row_hash: str | None
    version: int | None
    sent_at: datetime | None
    status: str
    error: str | None = None


@dataclass(frozen=True)
class Failure:
    """A record that did not get there. ``row_hash`` is that of the content that failed, ``runs`` how often in a row.

    ``is_gone`` says that what it is written to is not there; ``is_given_up`` that no run tries it by itself any more.
    """

    target: str
    record_id: str
    conversation_id: str | None
    schema_id: str
    row_hash: str
    reason: str
    runs: int
    is_gone: bool
    is_given_up: bool
    first_failed_at: datetime
    last_failed_at: datetime


TABLES: dict[str, tuple[type[Entry] | type[Failure], str]] = {
    "ledger": (
        Entry,
        """target varchar, record_id varchar, conversation_id varchar, schema_id varchar, row_hash varchar,
        version bigint, sent_at timestamp, status varchar, error varchar, primary key (target, record_id)""",
    ),
    "write_back_failures": (
        Failure,
        """target varchar, record_id varchar, conversation_id varchar, schema_id varchar, row_hash varchar,
        reason varchar, runs bigint, is_gone boolean, is_given_up boolean, first_failed_at timestamp,
        last_failed_at timestamp, primary key (target, record_id)""",
    ),
}
RUNS = """started_at timestamp, finished_at timestamp, sent bigint, failed bigint, unchanged bigint, retracted bigint,
    target varchar, given_up bigint, not_tried bigint, requests bigint"""


def now() -> datetime:
    """This instant in UTC without a zone, as the warehouse keeps it."""
    return datetime.now(UTC).replace(tzinfo=None)


def make_tables(warehouse: Warehouse) -> None:
    """Make schema and tables where they are missing, and bring those of before there were targets up to date."""
    warehouse.execute(f"create schema if not exists {SCHEMA}")
    if _is_of_before_targets(warehouse):
        _bring_up_to_date(warehouse)
    for table, (_, columns) in TABLES.items():
        warehouse.execute(f"create table if not exists {SCHEMA}.{table} ({columns})")
    warehouse.execute(f"create table if not exists {SCHEMA}.runs ({RUNS})")


def read(warehouse: Warehouse, target: str, schema_id: str | None) -> dict[str, Entry]:
    """The target's entries of this scope, by record. Those of another schema, org or file say nothing."""
    return {row["record_id"]: Entry(**row) for row in _rows(warehouse, "ledger", target, schema_id)}


def read_failures(warehouse: Warehouse, target: str, schema_id: str | None) -> dict[str, Failure]:
    """The target's failures of this scope, by record."""
    return {row["record_id"]: Failure(**row) for row in _rows(warehouse, "write_back_failures", target, schema_id)}


def scopes(warehouse: Warehouse, target: str) -> list[str]:
    """The scopes of the target's entries, the last that was written to first."""
    if not warehouse.exists(SCHEMA, "ledger"):
        return []
    rows = warehouse.query(
        f"select schema_id from {_source(warehouse, 'ledger')} where target = ?"
        " group by schema_id order by max(sent_at) desc nulls last, schema_id",
        [target],
    )
    return [row["schema_id"] for row in rows]


def of_conversations(warehouse: Warehouse, conversations: set[str]) -> list[Entry]:
    """The entries of these conversations, of all targets and scopes."""
    if not conversations or not warehouse.exists(SCHEMA, "ledger"):
        return []
    marks = ", ".join("?" for _ in conversations)
    rows = warehouse.query(
        f"select {', '.join(_names('ledger'))} from {_source(warehouse, 'ledger')} where conversation_id in ({marks})",
        sorted(conversations),
    )
    return [Entry(**row) for row in rows]


def count(warehouse: Warehouse, conversations: set[str]) -> dict[str, int]:
    """How many rows of these conversations there are, by table with its schema; a table without one is left out."""
    marks, found = ", ".join("?" for _ in conversations), {}
    for table in TABLES:
        if conversations and warehouse.exists(SCHEMA, table):
            [row] = warehouse.query(
                f"select count(*) as found from {SCHEMA}.{table} where conversation_id in ({marks})",
                sorted(conversations),
            )
            if row["found"]:
                found[f"{SCHEMA}.{table}"] = row["found"]
    return found


def write(
    warehouse: Warehouse, entries: Sequence[Entry], failures: Sequence[Failure] = (), mended: Sequence[str] = ()
) -> None:
    """Put these in place of what is there of their records, all of them or none.

    ``mended`` are the records of the same target that no longer fail.
    """
    if not entries:
        return
    target = entries[0].target
    # One cursor: with DuckDB each cursor is a connection, and a transaction, of its own.
    cursor = warehouse.connection.cursor()
    cursor.execute("begin transaction")
    try:
        _delete(cursor, "ledger", target, [entry.record_id for entry in entries])
        _insert(cursor, "ledger", entries)
        _delete(cursor, "write_back_failures", target, [*(each.record_id for each in failures), *mended])
        _insert(cursor, "write_back_failures", failures)
    except BaseException:
        cursor.execute("rollback")
        raise
    cursor.execute("commit")


def write_run(warehouse: Warehouse, **run: Any) -> None:
    """Add one finished run; the names are those of the columns, ``finished_at`` is now."""
    run["finished_at"] = now()
    marks = ", ".join("?" for _ in run)
    warehouse.execute(f"insert into {SCHEMA}.runs ({', '.join(run)}) values ({marks})", list(run.values()))


def _rows(warehouse: Warehouse, table: str, target: str, schema_id: str | None) -> list[dict[str, Any]]:
    if schema_id is None or not warehouse.exists(SCHEMA, table):
        return []
    names, source = ", ".join(_names(table)), _source(warehouse, table)
    return warehouse.query(f"select {names} from {source} where target = ? and schema_id = ?", [target, schema_id])


def _source(warehouse: Warehouse, table: str) -> str:
    """What to select the table's columns from."""
    if table == "ledger" and _is_of_before_targets(warehouse):
        return f"(select '{FIRST_TARGET}' as target, * from {SCHEMA}.ledger) as before_targets"
    return f"{SCHEMA}.{table}"


def _is_of_before_targets(warehouse: Warehouse) -> bool:
    """Whether the ledger is of the time when a record was its conversation's and there was one target."""
    names = warehouse.query(
        "select lower(column_name) as name from information_schema.columns"
        " where lower(table_schema) = ? and lower(table_name) = 'ledger'",
        [SCHEMA],
    )
    return bool(names) and {"name": "target"} not in names


def _bring_up_to_date(warehouse: Warehouse) -> None:
    """Give ledger and runs the columns that they lack, with all rows kept."""
    rows = warehouse.query(f"select * from {SCHEMA}.ledger")
    entries = [Entry(target=FIRST_TARGET, **row) for row in rows]
    cursor = warehouse.connection.cursor()
    cursor.execute("begin transaction")
    cursor.execute(f"drop table {SCHEMA}.ledger")
    cursor.execute(f"create table {SCHEMA}.ledger ({TABLES['ledger'][1]})")
    for first in range(0, len(entries), 1000):
        _insert(cursor, "ledger", entries[first : first + 1000])
    for column in ("target varchar", "given_up bigint", "not_tried bigint", "requests bigint"):
        cursor.execute(f"alter table {SCHEMA}.runs add column {column}")
    cursor.execute("commit")


def _names(table: str) -> list[str]:
    return [field.name for field in fields(TABLES[table][0])]


def _delete(cursor: Any, table: str, target: str, record_ids: Sequence[str]) -> None:
    if record_ids:
        marks = ", ".join("?" for _ in record_ids)
        cursor.execute(
            f"delete from {SCHEMA}.{table} where target = ? and record_id in ({marks})", [target, *record_ids]
        )


def _insert(cursor: Any, table: str, rows: Sequence[Entry | Failure]) -> None:
    if rows:
        names = _names(table)
        mark = f"({', '.join('?' for _ in names)})"
        values = [value for row in rows for value in astuple(row)]
        cursor.execute(
            f"insert into {SCHEMA}.{table} ({', '.join(names)}) values {', '.join(mark for _ in rows)}", values
        )
