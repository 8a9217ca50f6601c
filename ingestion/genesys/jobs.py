"""Conversation details jobs: windows of time, one job each, several at once, made again where one fails."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any, Protocol

from common.errors import AttributionError
from ingestion.genesys import settings
from ingestion.genesys.client import GenesysClient, RefusedRequest

JOBS = "/api/v2/analytics/conversations/details/jobs"
ENDED = ("FULFILLED", "FAILED", "CANCELLED", "EXPIRED")

Window = tuple[datetime, datetime]


def availability(client: GenesysClient) -> datetime:
    """The time up to which jobs have the data, hours behind now."""
    return datetime.fromisoformat(client.get(f"{JOBS}/availability")["dataAvailabilityDate"])


def windows(start: datetime, end: datetime, longest: timedelta) -> Iterator[Window]:
    """``start`` to ``end`` in steps that a job takes; none where ``start`` is not before ``end``."""
    while start < end:
        stop = min(start + longest, end)
        yield start, stop
        start = stop


def interval(window: Window) -> str:
    """A window as the API writes it."""
    return "/".join(moment.isoformat(timespec="milliseconds").replace("+00:00", "Z") for moment in window)


class Ledger(Protocol):
    """What remembers jobs beyond this process: see JobLedger."""

    def jobs(self) -> dict[str, str]:
        """Job id by interval."""

    def keep(self, interval: str, job_id: str) -> None:
        """Note the job of an interval."""


class DetailsJobs:
    """The jobs of one org. A job that another process asked for is taken up while the org still has it."""

    def __init__(self, client: GenesysClient, ledger: Ledger) -> None:
        self.client = client
        self.ledger = ledger
        self.known = ledger.jobs()

    def ask(self, wanted: Iterable[Window]) -> None:
        """Have a job for each of these windows, so that the org works on them all at the same time."""
        for window in wanted:
            if interval(window) not in self.known:
                self._make(interval(window))

    def pages(self, window: Window) -> Iterator[list[dict[str, Any]]]:
        """The conversations with any activity in the window, page by page; some may come twice."""
        name = interval(window)
        reason = ""
        for _ in range(settings.JOB_ATTEMPTS):
            self.ask([window])
            try:
                status = self._wait(self.known[name])
                if status["state"] == "FULFILLED":
                    yield from self._results(self.known[name])
                    return
            except RefusedRequest as error:
                if error.status not in (404, 410):
                    raise
                status = {"state": "EXPIRED", "errorMessage": error.message}
            del self.known[name]
            reason = f"{status['state']}: {status.get('errorMessage') or 'no reason given'}"
        raise AttributionError(
            f"Genesys Cloud could not answer for the conversations of {name}, "
            f"{settings.JOB_ATTEMPTS} jobs in a row ({reason}).",
            "Try again later: windows that were read before it are kept. Where it stays so, read less at a time with"
            " SOURCES__GENESYS__WINDOW_DAYS.",
        )

    def _make(self, name: str) -> None:
        body = {"interval": name, "order": "asc", "orderBy": "conversationStart"}
        self.known[name] = self.client.post(JOBS, body)["jobId"]
        self.ledger.keep(name, self.known[name])

    def _wait(self, job_id: str) -> dict[str, Any]:
        """The job's status once it has ended, in one of the states that the SDK lists for an end."""
        pause = settings.POLL_FIRST
        deadline = time.monotonic() + settings.POLL_PATIENCE
        while True:
            status = self.client.get(f"{JOBS}/{job_id}")
            if status["state"] in ENDED:
                return status
            if time.monotonic() > deadline:
                raise AttributionError(
                    f"Genesys Cloud's details job {job_id} is still {status['state']} after "
                    f"{settings.POLL_PATIENCE:.0f} seconds.",
                    "Run the same load again later: it takes the job up. Or read less at a time with"
                    " SOURCES__GENESYS__WINDOW_DAYS.",
                )
            time.sleep(pause)
            pause = min(pause * settings.POLL_GROWTH, settings.POLL_LONGEST)

    def _results(self, job_id: str) -> Iterator[list[dict[str, Any]]]:
        """The job's pages. A cursor that is refused starts them over: rows merge by id, so repeats do no harm."""
        for attempt in range(1, settings.RESULT_ATTEMPTS + 1):
            page_number = 0
            try:
                for page in self.client.job_results(f"{JOBS}/{job_id}/results"):
                    page_number += 1
                    yield page
                return
            except RefusedRequest as error:
                if error.status != 400 or page_number == 0 or attempt == settings.RESULT_ATTEMPTS:
                    raise
