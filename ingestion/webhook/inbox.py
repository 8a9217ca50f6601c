"""Where events wait for a load: a SQLite file, in which an event that was acknowledged outlives the server.

In WAL mode with ``synchronous=FULL`` SQLite syncs its log at every commit, so what is committed outlives a loss of
power too (sqlite.org/pragma.html#pragma_synchronous). An event's content leaves the file once the warehouse holds it;
its id and a hash of its content stay, so that it is known when it comes again.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from pathlib import Path
from typing import Any

from common.errors import AttributionError

TABLES = """
create table if not exists events (
    seq integer primary key autoincrement, event_id text not null unique, content_hash blob not null, content text,
    received_at text not null
);
create index if not exists waiting_events on events (seq) where content is not null;
create table if not exists signatures (digest blob primary key, good_until real not null) without rowid;
create index if not exists signatures_by_age on signatures (good_until);
"""
# Seconds to wait for another process that writes.
BUSY_SECONDS = 30
BATCH_ROWS = 5_000


class Verdict(Enum):
    """What became of a request."""

    ACCEPTED = "accepted"
    KNOWN = "known"
    OTHER_CONTENT = "other content"
    REPLAYED = "replayed"


@dataclass(frozen=True)
class Delivery:
    """One good request: the event's id and content, and the signature that it came under, good until an instant."""

    event_id: str
    content: str
    digest: bytes
    good_until: float


class Inbox:
    """One open connection to the file, for one thread."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        is_new = not path.exists()
        try:
            self.connection = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None)
            self.connection.execute("pragma journal_mode = wal")
            self.connection.execute("pragma synchronous = full")
            # What is taken out is overwritten: it may be personal data.
            self.connection.execute("pragma secure_delete = on")
            self.connection.executescript(TABLES)
        except sqlite3.Error as error:
            raise AttributionError(
                f"The webhook's inbox {path} can't be opened: {error}.",
                "Check its permissions and the room on its disk; ATTRIBUTION_WEBHOOK_INBOX names another file.",
            ) from error
        if is_new:
            sync_folder(path.parent)

    def __enter__(self) -> Inbox:
        return self

    def __exit__(self, *_: object) -> None:
        self.connection.close()

    def keep(self, deliveries: Sequence[Delivery], now: float) -> list[Verdict]:
        """Put them in, all in one commit; they are on disk when this returns. Raises sqlite3.Error, and keeps none."""
        with self.transaction():
            self.connection.execute("delete from signatures where good_until < ?", [now])
            return [self._verdict(delivery) for delivery in deliveries]

    def _verdict(self, delivery: Delivery) -> Verdict:
        execute = self.connection.execute
        if execute("select 1 from signatures where digest = ?", [delivery.digest]).fetchone():
            return Verdict.REPLAYED
        content_hash = hashlib.sha256(delivery.content.encode()).digest()
        known = execute("select content_hash from events where event_id = ?", [delivery.event_id]).fetchone()
        if known is not None and known[0] != content_hash:
            return Verdict.OTHER_CONTENT
        execute("insert into signatures values (?, ?)", [delivery.digest, delivery.good_until])
        if known is not None:
            return Verdict.KNOWN
        execute(
            "insert into events (event_id, content_hash, content, received_at) values (?, ?, ?, ?)",
            [delivery.event_id, content_hash, delivery.content, datetime.now(UTC).isoformat()],
        )
        return Verdict.ACCEPTED

    def waiting(self, up_to: int | None = None) -> Iterator[list[dict[str, Any]]]:
        """The events that no load has moved yet, oldest first, some at a time; ``up_to`` is the last seq wanted."""
        last = -1
        while True:
            rows = self.connection.execute(
                "select seq, event_id, content, received_at from events"
                " where content is not null and seq > ? and seq <= ? order by seq limit ?",
                [last, 2**62 if up_to is None else up_to, BATCH_ROWS],
            ).fetchall()
            if not rows:
                return
            last = rows[-1][0]
            yield [
                {"seq": seq, "received_at": received_at, **json.loads(content), "event_id": event_id}
                for seq, event_id, content, received_at in rows
            ]

    def waiting_since(self) -> tuple[int, datetime | None]:
        """How many events no load has moved yet, and when the first of them came."""
        count, oldest = self.connection.execute(
            "select count(*), min(received_at) from events where content is not null"
        ).fetchone()
        return count, datetime.fromisoformat(oldest) if oldest else None

    def last_seq(self) -> int:
        """The number of the event that came last; 0 where none has."""
        return int(self.connection.execute("select coalesce(max(seq), 0) from events").fetchone()[0])

    def moved(self, up_to: int) -> None:
        """The warehouse has every event up to this number: their content goes."""
        with self.transaction():
            self.connection.execute("update events set content = null where content is not null and seq <= ?", [up_to])
        self.forget_log()

    def remove(self, event_ids: Sequence[str]) -> None:
        """Take these events out, all that is known of them."""
        with self.transaction():
            self.connection.executemany("delete from events where event_id = ?", [[each] for each in event_ids])
        self.forget_log()

    def forget_log(self) -> None:
        """Empty the log of writes, so that nothing that was taken out stays readable in it."""
        self.connection.execute("pragma wal_checkpoint(truncate)")

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing of what the block writes."""
        self.connection.execute("begin immediate")
        try:
            yield
        except BaseException:
            self.connection.execute("rollback")
            raise
        self.connection.execute("commit")


def sync_folder(folder: Path) -> None:
    """A new file is there for good once its folder is on disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
