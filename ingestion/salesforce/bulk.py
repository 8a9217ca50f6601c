"""Many rows by the Bulk API 2.0: a query job is made, waited for, and read in pages of CSV.

Source: Bulk API 2.0 and Bulk API Developer Guide, "Bulk API 2.0 Query": create a query job, get information about
one, get its results (``maxRecords``, ``locator``, ``Sforce-Locator``, ``Sforce-NumberOfRecords``), delete it.
"""

from __future__ import annotations

import csv
import io
import logging
import time
from collections.abc import Iterator
from typing import Any

import requests
from dlt.sources.helpers.rest_client import RESTClient

from common.errors import AttributionError
from ingestion.rest import TRY_AGAIN
from ingestion.salesforce.errors import error_code

logger = logging.getLogger(__name__)

# From how many rows on a job is less work for both sides than pages of 2,000 rows: ten requests.
ROWS = 20_000
# Rows of one page of results. The page is in memory as a whole, so it bounds what a load needs.
PAGE_ROWS = 10_000
# Seconds between two looks at a job: the first, and the longest; and how long a job may take in all.
FIRST_WAIT = 1.0
LONGEST_WAIT = 20.0
MOST_SECONDS = 6 * 3600
# Field values are up to 131,072 characters in Salesforce (long text area); csv stops at as many bytes of its own.
csv.field_size_limit(10_000_000)


def create(rest: RESTClient, api_path: str, soql: str) -> str | None:
    """Make a query job over deleted rows too; its path, or None where the org does not take such a query.

    Some objects, and orgs of some editions, have no Bulk API; what forbids more than that is met by the next page.
    """
    path = f"{api_path}/jobs/query"
    response = rest.post(path, json={"operation": "queryAll", "query": soql})
    if response.status_code in (400, 403, 404):
        logger.info("Salesforce takes no bulk query (%s); reading page by page", error_code(response))
        return None
    response.raise_for_status()
    return f"{path}/{response.json()['id']}"


def pages(rest: RESTClient, job: str, object_name: str) -> Iterator[list[dict[str, Any]]]:
    """Wait for the job at the path ``job``, then its rows page by page: field → text, None where it is empty."""
    wait_for(rest, job, object_name)
    locator: str | None = None
    while True:
        parameters = {"maxRecords": PAGE_ROWS, **({"locator": locator} if locator else {})}
        response = rest.get(f"{job}/results", params=parameters, headers={"Accept": "text/csv"})
        response.raise_for_status()
        rows = rows_of(response)
        if len(rows) != said_rows(response, len(rows)):
            raise AttributionError(f"Salesforce sent a part of a page alone while reading {object_name}.", TRY_AGAIN)
        yield rows
        locator = response.headers.get("Sforce-Locator")
        if locator in (None, "", "null"):
            break
    # Salesforce drops the job itself after a week.
    rest.request(method="DELETE", path=job)


def wait_for(rest: RESTClient, job: str, object_name: str) -> None:
    """Return once the job is done; raises AttributionError where it failed, was aborted, or takes too long."""
    begun, pause = time.monotonic(), FIRST_WAIT
    while True:
        response = rest.get(job)
        response.raise_for_status()
        found = response.json()
        match found.get("state"):
            case "JobComplete":
                return
            case "Failed" | "Aborted" as state:
                said = " ".join(str(found.get("errorMessage") or "it says no reason").split())
                raise AttributionError(
                    f"Salesforce's bulk query job for {object_name} is {state} ({said}).",
                    "Load again. If it stays so, set SOURCES__SALESFORCE__BULK_ROWS to a number above the rows of "
                    "the object: then it is read page by page.",
                )
        if time.monotonic() - begun > MOST_SECONDS:
            raise AttributionError(
                f"Salesforce's bulk query job for {object_name} has not ended in {MOST_SECONDS // 3600} hours.",
                TRY_AGAIN,
            )
        time.sleep(pause)
        pause = min(pause * 1.5, LONGEST_WAIT)


def is_short(response: requests.Response) -> bool:
    """Whether a page of results has another number of rows than its header says."""
    rows = len(rows_of(response))
    return rows != said_rows(response, rows)


def said_rows(response: requests.Response, default: int) -> int:
    """How many rows the header of a page says that it has."""
    said = response.headers.get("Sforce-NumberOfRecords", "")
    return int(said) if said.isdigit() else default


def rows_of(response: requests.Response) -> list[dict[str, Any]]:
    """The rows of one page; every page begins with the names of the fields."""
    lines = csv.reader(io.StringIO(response.content.decode("utf-8"), newline=""))
    names = next(lines, [])
    return [dict(zip(names, (value or None for value in values), strict=False)) for values in lines]
