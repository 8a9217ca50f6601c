"""Which stretch of time a load reads, and how far it got: in windows, stored a few at a time."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from common.errors import AttributionError
from common.words import number
from ingestion.genesys import conversations as shape
from ingestion.genesys import settings
from ingestion.genesys.client import GenesysClient
from ingestion.genesys.fresh import ended_conversations
from ingestion.genesys.job_ledger import JobLedger
from ingestion.genesys.jobs import DetailsJobs, Window, availability, interval, windows

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Pace:
    """How far back a load reads and in which steps; SOURCES__GENESYS__<NAME> sets each."""

    initial_days: float = settings.INITIAL_DAYS
    reread_days: float = settings.REREAD_DAYS
    window_days: float = settings.LONGEST_WINDOW_DAYS
    jobs_at_once: int = settings.JOBS_AT_ONCE

    def __post_init__(self) -> None:
        if not 0 < self.window_days <= settings.LONGEST_WINDOW_DAYS:
            raise AttributionError(
                f"SOURCES__GENESYS__WINDOW_DAYS is {self.window_days:g}.",
                f"It is a number of days above 0 and at most {settings.LONGEST_WINDOW_DAYS:g}: one details job takes no"
                " more.",
            )
        if self.jobs_at_once < 1:
            raise AttributionError(
                f"SOURCES__GENESYS__JOBS_AT_ONCE is {self.jobs_at_once}.", "It is a whole number, 1 or more."
            )


def reading_range(
    watermark: datetime | None, available: datetime, since: datetime | None, until: datetime | None, pace: Pace
) -> Window:
    """Start and end of what a load reads.

    The first load begins where a day does: its windows stay the same while the availability moves, so that one which
    was killed finds its jobs again.
    """
    end = min(available, until) if until else available
    if since:
        return since, end
    if watermark:
        return watermark - timedelta(days=pace.reread_days), end
    first = end - timedelta(days=pace.initial_days)
    return first.replace(hour=0, minute=0, second=0, microsecond=0), end


def watermark_after(watermark: datetime | None, window: Window) -> datetime:
    """The watermark once ``window`` is stored: everything before it was read.

    So it does not go back where a load reads an older stretch, and does not jump over a gap before the window.
    """
    start, stop = window
    if watermark is None:
        return stop
    return watermark if start > watermark else max(watermark, stop)


def read_until(state: dict[str, Any]) -> datetime | None:
    """The watermark in the state of the conversations; None before the first load."""
    return datetime.fromisoformat(state["read_until"]) if "read_until" in state else None


class WindowReader:
    """Reads the conversations of one load, as many windows with each call of ``pages`` as are stored together.

    How far it got stands in the state of the dlt resource, which dlt stores with the rows or not at all. A load that
    was killed goes on when the same one (same ``since`` and ``until``) is asked for again: with the first window that
    was not stored, and with the jobs that the org is working on already.
    """

    def __init__(
        self,
        client: GenesysClient,
        since: datetime | None,
        until: datetime | None,
        notes: list[str],
        reads_fresh: bool = True,
    ) -> None:
        self.client = client
        self.since, self.until = since, until
        self.notes = notes
        self.reads_fresh = reads_fresh
        self.available = datetime.max.replace(tzinfo=UTC)
        self.attributes_so_far: dict[str, dict[str, dict[str, str]]] = {}
        self.pace = Pace()
        self.ledger = JobLedger()
        self.jobs = DetailsJobs(client, self.ledger)
        self.left: list[Window] | None = None
        self.read: list[Window] = []
        self.windows = 0
        self.rows = 0
        self.begun_at = time.monotonic()

    @property
    def is_done(self) -> bool:
        """Whether no window is left; False before the first was looked for."""
        return self.left is not None and not self.left

    def pages(self, state: dict[str, Any]) -> Iterator[list[dict[str, Any]]]:
        """Rows of the conversations of the next windows; ``state`` then says that they are done.

        After the last window come those that only the details query has.
        """
        if self.left is None:
            self._plan(state)
        begun_at, rows = time.monotonic(), self.rows
        while self.left:
            self.jobs.ask(self.left[: self.pace.jobs_at_once])
            for page in self.jobs.pages(self.left[0]):
                self.rows += len(page)
                yield [self._row(conversation) for conversation in page]
            self._note_read(state, self.left.pop(0))
            if self.rows - rows >= settings.PART_ROWS or time.monotonic() - begun_at >= settings.PART_SECONDS:
                break
        if self.reads_fresh and not self.left:
            yield from self._fresh(state)

    def _row(self, conversation: dict[str, Any]) -> dict[str, Any]:
        row = shape.row(conversation)
        if row["conversation_end"] is None:
            self.attributes_so_far[row["conversation_id"]] = shape.attributes_by_participant(row["participants"])
        return row

    def _fresh(self, state: dict[str, Any]) -> Iterator[list[dict[str, Any]]]:
        """Rows of what ended since the jobs' data does, with the attributes that a participant had before."""
        # Never before the watermark: where the availability went back, the jobs' version is there already.
        begins = (self.available, self.since, read_until(state))
        start = max(moment for moment in begins if moment)
        now = datetime.now(UTC)
        end = min(now, self.until) if self.until else now
        found: set[str] = set()
        for page in ended_conversations(self.client, start, end):
            rows = [
                shape.row(
                    shape.give_attributes(each, self.attributes_so_far.get(each["conversationId"], {})),
                    is_provisional=True,
                )
                for each in page
            ]
            found.update(row["conversation_id"] for row in rows)
            yield rows
        if found:
            self.notes.append(
                f"{number(len(found), 'conversation')} since {start:%Y-%m-%d %H:%M} UTC "
                f"{'is' if len(found) == 1 else 'are'} provisional: the details jobs do not have "
                f"{'it' if len(found) == 1 else 'them'} yet"
            )

    def _note_read(self, state: dict[str, Any], window: Window) -> None:
        self.read.append(window)
        state["read_until"] = watermark_after(read_until(state), window).isoformat()
        unfinished = state.setdefault("unfinished", {})
        unfinished[self._name] = window[1].isoformat()
        if not self.left:
            del unfinished[self._name]

    def stored(self) -> None:
        """What ``pages`` read is in the warehouse: forget its jobs, and say how far the load is."""
        self.ledger.drop([interval(window) for window in self.read])
        if self.windows > 1 and self.read:
            done = self.windows - len(self.left or [])
            seconds = (time.monotonic() - self.begun_at) / done * (self.windows - done)
            logger.info(
                "Genesys Cloud: %d of %d windows (to %s) are stored, %s conversations so far%s.",
                done,
                self.windows,
                f"{self.read[-1][1]:%Y-%m-%d}",
                f"{self.rows:,}",
                f"; about {in_words(seconds)} to go" if self.left else "",
            )
        self.read = []

    @property
    def _name(self) -> str:
        return "/".join(moment.isoformat() if moment else "" for moment in (self.since, self.until))

    def _plan(self, state: dict[str, Any]) -> None:
        self.available = availability(self.client)
        start, end = reading_range(read_until(state), self.available, self.since, self.until, self.pace)
        reached = state.get("unfinished", {}).get(self._name)
        if reached and datetime.fromisoformat(reached) > start:
            start = datetime.fromisoformat(reached)
            logger.info("Genesys Cloud: an earlier load got to %s; this one goes on there.", f"{start:%Y-%m-%d %H:%M}")
        if start >= end:
            self.notes.append(f"Genesys Cloud has no conversations to read yet: its data ends at {end.isoformat()}")
        self.left = list(windows(start, end, timedelta(days=self.pace.window_days)))
        self.windows = len(self.left)
        if self.windows > 1:
            logger.info(
                "Genesys Cloud: %s to %s is read in %d windows; what is stored is kept.",
                f"{start:%Y-%m-%d}",
                f"{end:%Y-%m-%d}",
                self.windows,
            )


def in_words(seconds: float) -> str:
    """A length of time to the minute, or to the second below one."""
    if seconds < 60:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes // 60} h {minutes % 60:02} min" if minutes >= 60 else f"{minutes} min"
