"""Query jobs of the Bulk API 2.0: made, looked at until they are done, read in pages of CSV, deleted.

Source: Bulk API 2.0 and Bulk API Developer Guide, "Bulk API 2.0 Query".
"""

from __future__ import annotations

import base64
import csv
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from starlette.responses import JSONResponse, Response

from sandbox.salesforce import engine, soql
from sandbox.salesforce.answers import record
from sandbox.salesforce.errors import ApiError, QueryError, malformed_query, not_found
from sandbox.salesforce.metadata import SObject
from sandbox.salesforce.session import USER_ID

OPERATIONS = ("query", "queryAll")
LINE_ENDINGS = {"LF": "\n", "CRLF": "\r\n"}
DELIMITERS = {"COMMA": ",", "TAB": "\t", "SEMICOLON": ";", "PIPE": "|", "CARET": "^", "BACKQUOTE": "`"}
# What a job is at each look at it, before it is done.
UNDER_WAY = ("UploadComplete", "InProgress")
MOST_ROWS = 50_000


@dataclass
class Job:
    """A query job; ``looks`` counts how often it was asked after."""

    identity: str
    operation: str
    result: engine.Result
    line_ending: str
    delimiter: str
    created: str
    looks: int = 0
    aborted: bool = False

    @property
    def state(self) -> str:
        """UploadComplete, InProgress, JobComplete or Aborted."""
        if self.aborted:
            return "Aborted"
        return UNDER_WAY[self.looks] if self.looks < len(UNDER_WAY) else "JobComplete"

    def described(self, version: str) -> dict[str, Any]:
        """The body that says how the job is."""
        shown = {
            "id": self.identity,
            "operation": self.operation,
            "object": self.result.entity.name,
            "createdById": USER_ID,
            "createdDate": self.created,
            "systemModstamp": self.created,
            "state": self.state,
            "concurrencyMode": "Parallel",
            "contentType": "CSV",
            "apiVersion": float(version),
            "lineEnding": self.line_ending,
            "columnDelimiter": self.delimiter,
        }
        if self.state == "JobComplete":
            shown |= {"jobType": "V2Query", "numberRecordsProcessed": len(self.result.rows), "retries": 0}
        return shown


class Jobs:
    """The jobs of one org."""

    def __init__(self) -> None:
        self.jobs: dict[str, Job] = {}
        self.made = 0

    def answer(
        self,
        method: str,
        steps: list[str],
        body: bytes,
        parameters: Mapping[str, str],
        objects: Mapping[str, SObject],
        records: Mapping[str, list[dict[str, Any]]],
        version: str,
    ) -> Response:
        """The answer to a request below /jobs/query; raises ApiError."""
        match method, steps:
            case "POST", []:
                return JSONResponse(self.create(body, objects, records).described(version))
            case "GET", []:
                found = [job.described(version) for job in self.jobs.values()]
                return JSONResponse({"done": True, "records": found, "nextRecordsUrl": None})
            case "GET", [identity]:
                job = self.known(identity)
                shown = job.described(version)
                job.looks += 1
                return JSONResponse(shown)
            case "GET", [identity, "results"]:
                return results(self.known(identity), parameters, version)
            case "PATCH", [identity]:
                job = self.known(identity)
                if document(body).get("state") != "Aborted" or job.state not in UNDER_WAY:
                    raise ApiError(400, "INVALIDJOBSTATE", f"Job {identity} can't be changed from {job.state}")
                job.aborted = True
                return JSONResponse(job.described(version))
            case "DELETE", [identity]:
                if self.known(identity).state in UNDER_WAY:
                    raise ApiError(400, "INVALIDJOBSTATE", f"Job {identity} is under way")
                del self.jobs[identity]
                return Response(status_code=204)
        raise not_found()

    def create(self, body: bytes, objects: Mapping[str, SObject], records: Mapping[str, list[dict[str, Any]]]) -> Job:
        """A new job; its result is that of this moment."""
        asked = document(body)
        known = {"operation", "query", "contentType", "columnDelimiter", "lineEnding"}
        if unknown := sorted(set(asked) - known):
            raise ApiError(400, "API_ERROR", f'Unrecognized field "{unknown[0]}"')
        operation, text = asked.get("operation"), asked.get("query")
        if operation not in OPERATIONS:
            raise ApiError(400, "API_ERROR", f"Unsupported operation: {operation}")
        if not isinstance(text, str) or not text.strip():
            raise malformed_query("A query string has to be specified")
        line_ending = asked.get("lineEnding", "LF")
        delimiter = asked.get("columnDelimiter", "COMMA")
        if line_ending not in LINE_ENDINGS or delimiter not in DELIMITERS or asked.get("contentType", "CSV") != "CSV":
            raise ApiError(400, "API_ERROR", "Unsupported content type, column delimiter or line ending")
        query = soql.parse(text)
        if not query.fields or query.offset:
            raise QueryError("MALFORMED_QUERY", "Bulk API 2.0 does not support aggregates and OFFSET")
        result = engine.run(query, objects, records, operation == "queryAll")
        self.made += 1
        created = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.000+0000")
        job = Job(f"750{self.made:012d}AAA", operation, result, line_ending, delimiter, created)
        self.jobs[job.identity] = job
        return job

    def known(self, identity: str) -> Job:
        """The job of that id; raises NOT_FOUND."""
        if identity not in self.jobs:
            raise not_found()
        return self.jobs[identity]


def results(job: Job, parameters: Mapping[str, str], version: str) -> Response:
    """One page of a job that is done, and in its headers where the next one begins."""
    if job.state != "JobComplete":
        raise ApiError(400, "INVALIDJOBSTATE", f"Job {job.identity} is {job.state}, not JobComplete")
    start = start_of(parameters.get("locator"), len(job.result.rows))
    asked = parameters.get("maxRecords", str(MOST_ROWS))
    if not asked.isdigit() or int(asked) < 1:
        raise ApiError(400, "API_ERROR", f"Invalid maxRecords: {asked}")
    end = start + min(int(asked), MOST_ROWS)
    rows = job.result.rows[start:end]
    written = io.StringIO()
    writer = csv.writer(
        written,
        delimiter=DELIMITERS[job.delimiter],
        lineterminator=LINE_ENDINGS[job.line_ending],
        quoting=csv.QUOTE_ALL,
    )
    names = [column(selected) for selected in job.result.fields]
    writer.writerow(names)
    for row in rows:
        shown = record(job.result.entity, job.result.fields, row, version)
        writer.writerow([cell(shown, name) for name in names])
    locator = base64.b64encode(str(end).encode()).decode() if end < len(job.result.rows) else "null"
    return Response(
        written.getvalue().encode(),
        media_type="text/csv",
        headers={"Sforce-Locator": locator, "Sforce-NumberOfRecords": str(len(rows))},
    )


def start_of(locator: str | None, rows: int) -> int:
    """Where the page behind a locator begins."""
    if locator is None:
        return 0
    try:
        start = int(base64.b64decode(locator, validate=True))
    except ValueError:
        start = 0
    if not 0 < start < rows:
        raise ApiError(400, "API_ERROR", "Invalid locator")
    return start


def column(selected: engine.Selected) -> str:
    """The name of a field in the first row of the CSV."""
    own = selected.field.name
    return own if selected.reference is None else f"{selected.reference.relationship}.{own}"


def cell(shown: dict[str, Any], name: str) -> str:
    """A value as the CSV has it: nothing for null, true and false, instants with a Z."""
    value: Any = shown
    for step in name.split("."):
        value = value and value[step]
    if isinstance(value, bool):
        return str(value).lower()
    if value is None:
        return ""
    return str(value).replace("+0000", "Z") if "T" in str(value)[10:11] else str(value)


def document(body: bytes) -> dict[str, Any]:
    """The JSON object of a body."""
    try:
        found = json.loads(body)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise ApiError(400, "JSON_PARSER_ERROR", "The body is no JSON object")
    return found
