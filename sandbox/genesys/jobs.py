"""Conversation details: asynchronous jobs with attributes, and the synchronous query without."""

from __future__ import annotations

import base64
import binascii
import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.genesys.access import ANALYTICS_VIEW, route
from sandbox.genesys.errors import bad_request, not_found
from sandbox.genesys.query import JOB_QUERY, SYNCHRONOUS_QUERY, parse_interval, select
from sandbox.genesys.state import GenesysState, Job
from sandbox.genesys.validation import iso, json_body

BASE = "/api/v2/analytics/conversations/details"
JOB_PAGE_MAX = 1000
JOB_PAGE_DEFAULT = 100
QUERY_PAGE_MAX = 100
QUERY_PAGE_DEFAULT = 25
QUERY_INTERVAL_MAX = timedelta(days=31)
RESULTS_KEPT = timedelta(days=1)
# What the first polls of a job find; the next ones find its outcome.
BEFORE_OUTCOME = ("QUEUED", "RUNNING")
_CURSOR = re.compile(r"(?P<job>[0-9a-f-]{36}):(?P<offset>\d{1,9}):(?P<repeated>[01])")


def routes(state: GenesysState) -> list[Route]:
    """Routes of the details jobs and the details query."""
    job = f"{BASE}/jobs/{{job_id}}"
    return [
        route(state, "POST", f"{BASE}/query", query_details, ANALYTICS_VIEW),
        route(state, "POST", f"{BASE}/jobs", create_job, ANALYTICS_VIEW),
        route(state, "GET", f"{BASE}/jobs/availability", availability, ANALYTICS_VIEW),
        route(state, "GET", job, job_status, ANALYTICS_VIEW),
        route(state, "DELETE", job, delete_job, ANALYTICS_VIEW),
        route(state, "GET", f"{job}/results", job_results, ANALYTICS_VIEW, {"cursor": str, "pageSize": int}),
    ]


async def create_job(state: GenesysState, request: Request, query: dict[str, Any]) -> Response:
    """Start a job; what it will find is settled now, as of the availability date."""
    body = await json_body(request, JOB_QUERY)
    positions = select(state.store, body, state.availability)
    limit = body.get("limit")
    if limit is not None:
        if limit < 1:
            raise bad_request("Field 'limit' must be at least 1.", "limit")
        positions = positions[:limit]
    job = Job(id=state.next_id("job"), positions=positions, seen_at=state.availability, submitted_at=datetime.now(UTC))
    if request.scope.get("fault") == "job_fails":
        job.outcome = "FAILED"
        request.scope["fault_done"] = True
    elif state.job_outcomes:
        job.outcome = state.job_outcomes.popleft()
    state.jobs[job.id] = job
    return JSONResponse({"jobId": job.id}, status_code=202)


async def availability(state: GenesysState, request: Request, query: dict[str, Any]) -> Response:
    """Up to when the jobs see data."""
    return JSONResponse({"dataAvailabilityDate": iso(state.availability)})


async def job_status(state: GenesysState, request: Request, query: dict[str, Any]) -> Response:
    """One poll: QUEUED, then RUNNING, then the outcome."""
    job = _job(state, request)
    current = _current_state(job)
    job.polls += 1
    body = {
        "state": current,
        "submissionDate": iso(job.submitted_at),
        "expirationDate": iso(job.submitted_at + RESULTS_KEPT),
    }
    if current == "FAILED":
        body["errorMessage"] = "The query failed to complete."
    if current not in BEFORE_OUTCOME:
        job.completed_at = job.completed_at or datetime.now(UTC)
        body["completionDate"] = iso(job.completed_at)
    return JSONResponse(body)


async def delete_job(state: GenesysState, request: Request, query: dict[str, Any]) -> Response:
    """Cancel a job and drop its results."""
    del state.jobs[_job(state, request).id]
    return Response(status_code=204)


async def job_results(state: GenesysState, request: Request, query: dict[str, Any]) -> Response:
    """One page of a fulfilled job; the cursor is there while there is more."""
    job = _job(state, request)
    current = _current_state(job)
    if current != "FULFILLED":
        raise bad_request(f"The results of job {job.id} are not available: its state is {current}.", "jobId")
    size = query.get("pageSize", JOB_PAGE_DEFAULT)
    if not 1 <= size <= JOB_PAGE_MAX:
        raise bad_request(f"Query parameter 'pageSize' must be from 1 to {JOB_PAGE_MAX}.", "pageSize")
    offset, repeated = _read_cursor(job, query.get("cursor"))
    page = job.positions[offset : offset + size]
    following = offset + size
    if request.scope.get("fault") == "duplicate_page" and page and not repeated:
        following, repeated = offset, True
        request.scope["fault_done"] = True
    else:
        repeated = False
    parts = [b'{"conversations":[', b",".join(state.store.payload(p, job.seen_at) for p in page), b"]"]
    if following < len(job.positions):
        parts.append(b',"cursor":' + json.dumps(_write_cursor(job, following, repeated)).encode())
    parts.append(f',"dataAvailabilityDate":"{iso(job.seen_at)}"}}'.encode())
    return Response(b"".join(parts), media_type="application/json")


async def query_details(state: GenesysState, request: Request, query: dict[str, Any]) -> Response:
    """The synchronous query: all that has happened, but without participant attributes."""
    body = await json_body(request, SYNCHRONOUS_QUERY)
    start, end = parse_interval(body)
    if end - start > QUERY_INTERVAL_MAX:
        raise bad_request("The interval must not be longer than 31 days.", "interval")
    paging = body.get("paging") or {}
    size, number = paging.get("pageSize") or QUERY_PAGE_DEFAULT, paging.get("pageNumber") or 1
    if not 1 <= size <= QUERY_PAGE_MAX:
        raise bad_request(f"Field 'paging.pageSize' must be from 1 to {QUERY_PAGE_MAX}.", "paging.pageSize")
    if number < 1:
        raise bad_request("Field 'paging.pageNumber' must be at least 1.", "paging.pageNumber")
    positions = select(state.store, body, None)
    page = positions[(number - 1) * size : number * size]
    return JSONResponse(
        {
            "conversations": [state.store.without_attributes(position) for position in page],
            "totalHits": len(positions),
        }
    )


def _job(state: GenesysState, request: Request) -> Job:
    job_id = request.path_params["job_id"]
    if job_id not in state.jobs:
        raise not_found("job", job_id)
    return state.jobs[job_id]


def _current_state(job: Job) -> str:
    return BEFORE_OUTCOME[job.polls] if job.polls < len(BEFORE_OUTCOME) else job.outcome


def _write_cursor(job: Job, offset: int, repeated: bool) -> str:
    return base64.urlsafe_b64encode(f"{job.id}:{offset}:{int(repeated)}".encode()).decode()


def _read_cursor(job: Job, cursor: str | None) -> tuple[int, bool]:
    """Where to resume, and whether the page is one that is sent a second time on purpose."""
    if cursor is None:
        return 0, False
    try:
        found = _CURSOR.fullmatch(base64.urlsafe_b64decode(cursor.encode()).decode())
    except (binascii.Error, ValueError):
        found = None
    if found is None or found["job"] != job.id or int(found["offset"]) > len(job.positions):
        raise bad_request("The cursor is not one of this job's.", "cursor")
    return int(found["offset"]), found["repeated"] == "1"
