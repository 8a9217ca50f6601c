"""What has to be sent: what the target should hold, held against the ledger and against what failed before."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from write_back.ledger import SENT, Entry, Failure
from write_back.records import RETRACTED_HASH, Record, Task, retraction_of


@dataclass(frozen=True)
class Plan:
    """Tasks in the order in which they are sent, newest conversion first, and how they divide.

    ``new`` are records of which nothing is known to be there, ``changed`` those that replace what is there.
    ``given_up`` failed too often and are not tried, ``older`` earned from no conversion since ``since``. ``whole`` is
    all that the target should hold, what was taken back included.
    """

    tasks: list[Task] = field(default_factory=list)
    new: int = 0
    changed: int = 0
    retracted: int = 0
    unchanged: int = 0
    given_up: int = 0
    older: int = 0
    whole: list[Record] = field(default_factory=list)


def make_plan(
    records: Iterable[Record],
    ledger: Mapping[str, Entry],
    failures: Mapping[str, Failure],
    since: datetime | None = None,
    retry_failures: bool = False,
) -> Plan:
    """Hold the records against what is known to be in the target.

    A record that is there and that nobody exports any more is taken back, whatever ``since`` (UTC, without a zone)
    says. ``retry_failures`` tries again what was given up.
    """
    tasks: list[Task] = []
    new = changed = retracted = unchanged = given_up = older = 0
    whole = list(records)
    exported = {record.record_id for record in whole}
    for record in whole:
        entry = ledger.get(record.record_id)
        if _stands(entry, record.row_hash):
            unchanged += 1
        elif not retry_failures and _is_given_up(failures.get(record.record_id), record):
            given_up += 1
        elif since and (record.last_converted_at is None or record.last_converted_at < since):
            older += 1
        else:
            task = _task(record, entry)
            new += task.known_hash is None
            changed += task.known_hash is not None
            tasks.append(task)
    taken_back: list[Record] = []
    for record_id in sorted(ledger.keys() - exported):
        entry = ledger[record_id]
        record = retraction_of(record_id, entry.conversation_id)
        taken_back.append(record)
        if _stands(entry, RETRACTED_HASH):
            continue
        if not retry_failures and _is_given_up(failures.get(record_id), record):
            given_up += 1
            continue
        retracted += 1
        tasks.append(_task(record, entry))
    return Plan(tasks, new, changed, retracted, unchanged, given_up, older, whole + taken_back)


def _stands(entry: Entry | None, row_hash: str) -> bool:
    return entry is not None and entry.status == SENT and entry.row_hash == row_hash


def _is_given_up(failure: Failure | None, record: Record) -> bool:
    """Other content is worth another try, unless what it would be written to is not there."""
    return failure is not None and failure.is_given_up and (failure.is_gone or failure.row_hash == record.row_hash)


def _task(record: Record, entry: Entry | None) -> Task:
    if entry is None:
        return Task(record)
    return Task(record, entry.version, entry.row_hash, is_unsure=entry.status != SENT)
