"""Conversation details jobs: windows of time, one job each, made again where it fails."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from common.errors import AttributionError
from ingestion.genesys import settings
from ingestion.genesys.client import GenesysClient, RefusedRequest

JOBS = "/api/v2/analytics/conversations/details/jobs"
ENDED = ("FULFILLED", "FAILED", "CANCELLED", "EXPIRED")


def availability(client: GenesysClient) -> datetime:
    """The time up to which jobs have the data, hours behind now."""
    return datetime.fromisoformat(client.get(f"{JOBS}/availability")["dataAvailabilityDate"])


def windows(start: datetime, end: datetime) -> Iterator[tuple[datetime, datetime]]:
    """``start`` to ``end`` in steps that a job takes; none where ``start`` is not before ``end``."""
    while start < end:
        stop = min(start + settings.LONGEST_WINDOW, end)
        yield start, stop
        start = stop


def reading_range(
    watermark: datetime | None,
    available: datetime,
    since: datetime | None,
    until: datetime | None,
    initial_days: float,
    reread_days: float,
) -> tuple[datetime, datetime, datetime]:
    """What to read (start, end) and the watermark to keep after it.

    The watermark says that everything before it was read. So it does not go back when a load reads an older stretch,
    and does not jump over the gap that a ``since`` after it leaves.
    """
    end = min(available, until) if until else available
    if since:
        start = since
    elif watermark:
        start = watermark - timedelta(days=reread_days)
    else:
        start = end - timedelta(days=initial_days)
    if watermark is None:
        kept = end
    elif start > watermark:
        kept = watermark
    else:
        kept = max(watermark, end)
    return start, end, kept


def pages(client: GenesysClient, start: datetime, end: datetime) -> Iterator[list[dict[str, Any]]]:
    """The conversations with any activity from ``start`` to ``end``, page by page; some may come twice."""
    interval = f"{_iso(start)}/{_iso(end)}"
    reason = ""
    for _ in range(settings.JOB_ATTEMPTS):
        body = {"interval": interval, "order": "asc", "orderBy": "conversationStart"}
        job_id = client.post(JOBS, body)["jobId"]
        status = _wait(client, job_id)
        if status["state"] == "FULFILLED":
            try:
                yield from _results(client, job_id)
                return
            except RefusedRequest as error:
                if error.status not in (404, 410):
                    raise
                status = {"state": "EXPIRED", "errorMessage": error.message}
        reason = f"{status['state']}: {status.get('errorMessage') or 'no reason given'}"
    raise AttributionError(
        f"Genesys Cloud could not answer for the conversations of {interval}, "
        f"{settings.JOB_ATTEMPTS} jobs in a row ({reason}).",
        "Try again later, or load a shorter stretch with --since and --until; nothing of this load was kept.",
    )


def _wait(client: GenesysClient, job_id: str) -> dict[str, Any]:
    """The job's status once it has ended, in one of the states that the SDK lists for an end."""
    pause = settings.POLL_FIRST
    deadline = time.monotonic() + settings.POLL_PATIENCE
    while True:
        status = client.get(f"{JOBS}/{job_id}")
        if status["state"] in ENDED:
            return status
        if time.monotonic() > deadline:
            raise AttributionError(
                f"Genesys Cloud's details job {job_id} is still {status['state']} after "
                f"{settings.POLL_PATIENCE:.0f} seconds.",
                "Try again later, or load a shorter stretch with --since and --until.",
            )
        time.sleep(pause)
        pause = min(pause * settings.POLL_GROWTH, settings.POLL_LONGEST)


def _results(client: GenesysClient, job_id: str) -> Iterator[list[dict[str, Any]]]:
    """The job's pages. A cursor that is refused starts them over: rows are merged by id, so repeats do no harm."""
    for attempt in range(1, settings.RESULT_ATTEMPTS + 1):
        page_number = 0
        try:
            for page in client.job_results(f"{JOBS}/{job_id}/results"):
                page_number += 1
                yield page
            return
        except RefusedRequest as error:
            if error.status != 400 or page_number == 0 or attempt == settings.RESULT_ATTEMPTS:
                raise


def _iso(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
