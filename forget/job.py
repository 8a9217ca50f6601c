"""The steps of forgetting, in an order that a kill does not harm.

What is taken out goes in one transaction, which also notes what is still to be done; a later call does that first, so
that one that was killed is finished by the next.
"""

from __future__ import annotations

import os
import shutil
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb

from common import lock, scratch, settings
from common.errors import AttributionError
from common.warehouse import Warehouse, connect
from forget import rows
from forget.person import Person, RawTable, check, find
from ingestion import stop_list
from ingestion.stop_list import SCHEMA, StopList
from ingestion.webhook.inbox import Inbox
from write_back import ledger
from write_back.client import GenesysClient
from write_back.records import RETRACTED_HASH, Task, retraction_of
from write_back.targets import TARGETS, make_target

TABLES = {
    # What became smaller, one row for each source: rpt_data_quality shows it.
    "forgotten": "forget_id varchar, source varchar, forgotten_at timestamp, touch_count bigint,"
    " conversion_count bigint, conversion_value decimal(18, 2)",
    # What is left of a forgetting that has begun: 'build', or 'zero' with the conversation.
    "pending": "step varchar, conversation_id varchar",
}


@dataclass
class Forgotten:
    """What was done, or with ``dry_run`` what would be.

    ``rows`` by raw table, ``elsewhere`` the keys of rows that stay in another loader's tables, ``entries`` by table of
    the write-back; ``touches`` and ``conversions`` of the marts with the ``value`` of the latter in the reporting
    currency; ``waiting`` events of the webhook's inbox; ``zeroed`` conversations of the org. ``shared`` is how many
    phones and addresses stay because they lead to somebody else too. ``taken_up``: an earlier call was finished.
    ``named_by``: what the text was taken for (lead, phone or email); ``was_listed``: it was on the stop-list before.
    """

    dry_run: bool
    rows: dict[str, int] = field(default_factory=dict)
    elsewhere: dict[str, list[str]] = field(default_factory=dict)
    entries: dict[str, int] = field(default_factory=dict)
    ids: int = 0
    phones: int = 0
    emails: int = 0
    shared: int = 0
    touches: int = 0
    conversions: int = 0
    value: Decimal = Decimal(0)
    waiting: int = 0
    zeroed: int = 0
    taken_up: bool = False
    named_by: str = ""
    was_listed: bool = False
    notes: list[str] = field(default_factory=list)


def forget(
    text: str, build: Callable[[], None], dry_run: bool = False, filled: Mapping[str, str] | None = None
) -> Forgotten:
    """Forget the person whom a lead id, a phone or an e-mail address names; ``build`` makes all tables anew.

    ``filled``: the schemas of sources that another loader fills (common.dbt_vars.brought); what is there is told.
    Raises AttributionError where it is not one person who is meant, where the tables were never built, or where the
    org refuses; what was done until then stays done, and the next call goes on.
    """
    done = Forgotten(dry_run)
    if dry_run:
        with connect(read_only=True) as warehouse:
            known = stop_list.read(warehouse) or StopList(os.urandom(32), frozenset())
            person, _, found, _ = _find(warehouse, text, done, known, filled or {})
            _foresee(warehouse, _conversations(person, found), done)
        return done
    with lock.alone("attribution forget"):
        with connect() as warehouse:
            make_tables(warehouse)
            done.taken_up = bool(warehouse.query(f"select 1 as found from {SCHEMA}.pending limit 1"))
        if done.taken_up:
            _finish(build, done)
        with connect() as warehouse:
            _take_out(warehouse, text, done, filled or {})
        scratch.remove_left_behind()
        _finish(build, done)
    return done


def make_tables(warehouse: Warehouse) -> bytes:
    """Make the tables of the schema ``privacy`` where they are missing; returns the key of the stop-list."""
    key = stop_list.make_tables(warehouse)
    for table, columns in TABLES.items():
        warehouse.execute(f"create table if not exists {SCHEMA}.{table} ({columns})")
    return key


Rows = dict[RawTable, list[dict[str, Any]]]
Found = tuple[Person, StopList, Rows, list[dict[str, Any]]]


def _find(warehouse: Warehouse, text: str, done: Forgotten, known: StopList, filled: Mapping[str, str]) -> Found:
    """The person, the person's entries, raw rows, and what the marts count for the person by source."""
    check(warehouse)
    person = find(warehouse, text, filled)
    own = StopList(known.key, frozenset(rows.entries(known, person)), known.lead_names)
    found = rows.find(warehouse, person, own, filled)
    counted = _counted(warehouse, person)
    done.named_by, done.was_listed = person.named_by, own.hashes <= known.hashes
    done.rows = {str(table): len(own_rows) for table, own_rows in found.items() if not table.is_brought}
    done.elsewhere = {str(table): rows.keys(table, theirs) for table, theirs in found.items() if table.is_brought}
    done.ids, done.phones, done.emails = len(person.ids), len(person.phones), len(person.emails)
    done.shared = len(person.shared)
    done.touches = sum(each["touch_count"] for each in counted)
    done.conversions = sum(each["conversion_count"] for each in counted)
    done.value = sum((each["conversion_value"] or Decimal(0) for each in counted), Decimal(0))
    return person, own, found, counted


def _take_out(warehouse: Warehouse, text: str, done: Forgotten, filled: Mapping[str, str]) -> None:
    """All that is the person's leaves raw, and the stop-list and what is pending are written; or nothing happens."""
    known = stop_list.read(warehouse) or StopList(make_tables(warehouse), frozenset())
    person, own, found, counted = _find(warehouse, text, done, known, filled)
    done.waiting = _empty_inbox(own, found)
    conversations = _conversations(person, found)
    now = datetime.now(UTC).replace(tzinfo=None)
    # One cursor: with DuckDB each cursor is a connection, and a transaction, of its own.
    cursor = warehouse.connection.cursor()
    cursor.execute("begin transaction")
    try:
        for entry in sorted(own.hashes):
            cursor.execute(f"delete from {SCHEMA}.stop_list where hash = ?", [entry])
            cursor.execute(f"insert into {SCHEMA}.stop_list values (?, ?)", [entry, now])
        for table, own_rows in found.items():
            if not table.is_brought:
                rows.delete(cursor, table, own_rows)
        forget_id = uuid.uuid4().hex[:12]
        for each in counted:
            cursor.execute(
                f"insert into {SCHEMA}.forgotten values (?, ?, ?, ?, ?, ?)",
                [forget_id, each["source"], now, *(each[name] for name in COUNTS)],
            )
        if found or counted:
            cursor.execute(f"insert into {SCHEMA}.pending values ('build', null)")
        for conversation in sorted(conversations):
            cursor.execute(f"insert into {SCHEMA}.pending values ('zero', ?)", [conversation])
    except BaseException:
        cursor.execute("rollback")
        raise
    cursor.execute("commit")


def _conversations(person: Person, found: Rows) -> set[str]:
    """Ids of the person's conversations in Genesys Cloud."""
    of_raw = {
        row["conversation_id"]
        for table, own_rows in found.items()
        if (table.source, table.name) == ("genesys", "conversations")
        for row in own_rows
    }
    return of_raw | {record for source, record in person.touches if source == "genesys"}


def _foresee(warehouse: Warehouse, conversations: set[str], done: Forgotten) -> None:
    """What ``_set_to_zero`` would do, as far as the ledger knows it: nothing is asked of the org."""
    done.entries = ledger.count(warehouse, conversations)
    entries = [
        entry
        for entry in ledger.of_conversations(warehouse, conversations)
        if entry.target in TARGETS and not make_target(warehouse, GenesysClient(), entry.target).is_whole
    ]
    done.zeroed = sum(not _is_zero(entry) for entry in entries)
    if entries:
        try:
            settings.genesys()
        except AttributionError as error:
            done.notes.append(f"The real run needs Genesys Cloud's credentials: {error.message} {error.remedy}".strip())


COUNTS = ("touch_count", "conversion_count", "conversion_value")


def _counted(warehouse: Warehouse, person: Person) -> list[dict[str, Any]]:
    """By source: COUNTS of what the marts have of the person's records."""
    found: dict[str, dict[str, Any]] = {}
    for table, name, value, records in (
        ("fct_touches", "touch", "0", person.touches),
        ("fct_conversions", "conversion", "conversion_value_reporting", person.conversions),
    ):
        if not records or not warehouse.exists("marts", table):
            continue
        ids = sorted({record for _, record in records})
        for row in warehouse.query(
            f"select source, count(*) as records, sum({value}) as amount from marts.{table}"
            f" where {name}_id in ({', '.join('?' for _ in ids)}) group by source",
            ids,
        ):
            counts = found.setdefault(row["source"], {"source": row["source"], **dict.fromkeys(COUNTS, 0)})
            counts[f"{name}_count"] = row["records"]
            if name == "conversion":
                counts["conversion_value"] = row["amount"]
    return [found[source] for source in sorted(found)]


def _empty_inbox(own: StopList, found: Rows) -> int:
    """Take the person's events out of the webhook's inbox; returns how many were still to be moved."""
    path = settings.webhook_inbox()
    if not path.exists():
        return 0
    with Inbox(path) as inbox:
        waiting = [each["event_id"] for batch in inbox.waiting() for each in batch if own.has_row("webhook", each)]
        moved = [row["event_id"] for table, events in found.items() if table.source == "webhook" for row in events]
        inbox.remove([*waiting, *moved])
    return len(waiting)


def _finish(build: Callable[[], None], done: Forgotten) -> None:
    """What is pending: the build, then the org. Each is struck off when it is done."""
    with connect() as warehouse:
        steps = warehouse.query(f"select step, conversation_id from {SCHEMA}.pending")
    if any(row["step"] == "build" for row in steps):
        build()
        if settings.target() == "duckdb":
            _rewrite_file(done)
        with connect() as warehouse:
            warehouse.execute(f"delete from {SCHEMA}.pending where step = 'build'")
    if conversations := {row["conversation_id"] for row in steps if row["step"] == "zero"}:
        with connect() as warehouse:
            _set_to_zero(warehouse, conversations, done)


def _set_to_zero(warehouse: Warehouse, conversations: set[str], done: Forgotten) -> None:
    """The org's records of these conversations say 0, and the ledger knows nothing of them any more."""
    marks, ids = ", ".join("?" for _ in conversations), sorted(conversations)
    failures: list[str] = []
    if warehouse.exists(ledger.SCHEMA, "ledger"):
        ledger.make_tables(warehouse)
        known = warehouse.query(
            f"select distinct target from {ledger.SCHEMA}.ledger where conversation_id in ({marks})", ids
        )
        client = GenesysClient()
        for target in (make_target(warehouse, client, row["target"]) for row in known if row["target"] in TARGETS):
            if target.is_whole:
                continue  # without an entry in the ledger, the next write-back writes it without them
            name = target.name
            there = ledger.read(warehouse, name, target.scope()).values()
            tasks = [_task(each) for each in there if each.conversation_id in conversations and not _is_zero(each)]
            for batch in target.batches(tasks):
                outcomes = target.send(batch)
                done.zeroed += sum(each.error is None for each in outcomes)
                failures += [each.error for each in outcomes if each.error is not None]
    if failures:
        raise AttributionError(
            f"Genesys Cloud did not take {len(failures)} records of the conversations concerned: {failures[0]}.",
            "All else is done. Mend what it names, then run the same command again: it goes on with these.",
        )
    for table, count in ledger.count(warehouse, conversations).items():
        done.entries[table] = done.entries.get(table, 0) + count
        warehouse.execute(f"delete from {table} where conversation_id in ({marks})", ids)
    warehouse.execute(f"delete from {SCHEMA}.pending where step = 'zero' and conversation_id in ({marks})", ids)


def _task(entry: ledger.Entry) -> Task:
    record = retraction_of(entry.record_id, entry.conversation_id)
    return Task(record, entry.version, entry.row_hash, is_unsure=entry.status != ledger.SENT)


def _is_zero(entry: ledger.Entry) -> bool:
    return entry.status == ledger.SENT and entry.row_hash == RETRACTED_HASH


def _rewrite_file(done: Forgotten) -> None:
    """Copy what is in the DuckDB file into a new one: deleted rows stay readable in a file until it is overwritten."""
    file = settings.duckdb_path().resolve()
    new = file.with_name(file.name + ".rewritten")
    if shutil.disk_usage(file.parent).free < 2 * file.stat().st_size:
        done.notes.append(
            f"There is no room beside {file} to rewrite it: what was deleted may stay readable in its free blocks."
        )
        return
    new.unlink(missing_ok=True)
    with duckdb.connect() as connection:
        connection.execute("set disabled_optimizers = 'top_n_window_elimination'")
        # Attached for writing, the old file is locked until the new one has taken its place.
        connection.execute(f"attach '{_quoted(file)}' as old")
        connection.execute("checkpoint old")
        connection.execute(f"attach '{_quoted(new)}' as new")
        connection.execute("copy from database old to new")
        connection.execute("detach new")
        shutil.copymode(file, new)
        with new.open("rb") as written:
            os.fsync(written.fileno())
        new.replace(file)


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")
