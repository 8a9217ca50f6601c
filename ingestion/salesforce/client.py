"""Talks to Salesforce's REST API: session, retry and paging, on dlt's REST client."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import requests
from dlt.sources.helpers.requests import Client as RetryingClient
from dlt.sources.helpers.rest_client import RESTClient
from dlt.sources.helpers.rest_client.paginators import JSONLinkPaginator
from requests.auth import AuthBase

from common.errors import AttributionError
from common.settings import SalesforceSettings
from ingestion.salesforce import bulk
from ingestion.salesforce.errors import TRY_AGAIN, error_code, explained, login_refused

logger = logging.getLogger(__name__)

API_PATH = "/services/data/v62.0"
TOKEN_PATH = "/services/oauth2/token"
ATTEMPTS = 5
# Seconds before the second attempt; each further pause is twice as long, and Retry-After goes first.
FIRST_PAUSE = 0.3
TIMEOUT = (10, 120)
# How often one query is begun anew because Salesforce no longer knows where its next page begins.
RESTARTS = 3


class Described(NamedTuple):
    """What an org says of an object.

    ``types``: field → type. ``relations``: relationship (``RecordType``) → the one object it leads to. ``values``:
    picklist → the values that it offers.
    """

    types: dict[str, str]
    relations: dict[str, str]
    values: dict[str, list[str]]


class Session(AuthBase):
    """The current access token, put on each request; a new one is fetched when Salesforce refuses it."""

    def __init__(self, settings: SalesforceSettings) -> None:
        self.settings = settings
        self.token: str | None = None
        self.organization_id: str | None = None
        # Requests during a login must not come here again for a token: a client of its own.
        self.http = RetryingClient(
            request_timeout=TIMEOUT,
            raise_for_status=False,
            request_max_attempts=ATTEMPTS,
            request_backoff_factor=FIRST_PAUSE,
            retry_condition=unreadable,
        )

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Called by requests for each request before it is sent."""
        request.headers["Authorization"] = f"Bearer {self.token or self.login()}"
        return request

    def login(self) -> str:
        """Fetch a token (client credentials); raises AttributionError."""
        url = self.settings.instance_url
        with explained(url, "logging in"):
            response = self.http.session.request(
                "POST",
                url + TOKEN_PATH,
                data={
                    "grant_type": "client_credentials",
                    "client_id": self.settings.client_id,
                    "client_secret": self.settings.client_secret,
                },
                allow_redirects=False,
            )
            if response.status_code == 429 or response.status_code >= 500:
                response.raise_for_status()
            if response.status_code != 200:
                raise login_refused(response, url)
            body = response.json()
        if not isinstance(body, dict) or not body.get("access_token"):
            raise login_refused(response, url)
        self.token = str(body["access_token"])
        # https://<host>/id/<organization>/<user>: OAuth Authorization Flows, "Identity URLs".
        identity = re.search(r"/id/(00D\w{12,15})/", str(body.get("id")))
        self.organization_id = identity[1] if identity else None
        return self.token

    def renewed(self, response: requests.Response | None, error: BaseException | None) -> bool:
        """Whether the request behind ``response`` may be sent again with a new token, which it then carries."""
        if response is None or response.status_code != 401:
            return False
        if response.request.headers.get("Authorization") == f"Bearer {self.token}":
            logger.info("Salesforce ended the session; logging in again")
            self.login()
        response.request.headers["Authorization"] = f"Bearer {self.token}"
        return True


def unreadable(response: requests.Response | None, error: BaseException | None) -> bool:
    """Whether a good answer came with a body that is no JSON, as when a proxy cuts it short; CSV is counted instead."""
    if response is None or error is not None or response.status_code != 200:
        return False
    if response.headers.get("Content-Type", "").startswith("text/csv"):
        return bulk.is_short(response)
    try:
        response.json()
    except requests.JSONDecodeError:
        return True
    return False


def limited(response: requests.Response | None, error: BaseException | None) -> bool:
    """Whether a limit of requests was hit; that of requests at one time passes soon, the one of the day does not."""
    if response is None or response.status_code != 403:
        return False
    return error_code(response) == "REQUEST_LIMIT_EXCEEDED"


class Client:
    """One org's REST API. Every failure that outlasts the retries is an AttributionError."""

    def __init__(self, settings: SalesforceSettings, bulk_rows: int = bulk.ROWS) -> None:
        """``bulk_rows``: a query that finds more rows than this is read by the Bulk API."""
        self.instance_url = settings.instance_url
        self.bulk_rows = bulk_rows
        self.session = session = Session(settings)
        http = RetryingClient(
            request_timeout=TIMEOUT,
            raise_for_status=False,
            request_max_attempts=ATTEMPTS,
            request_backoff_factor=FIRST_PAUSE,
            retry_condition=[session.renewed, limited, unreadable],
        )
        self.rest = RESTClient(base_url=settings.instance_url, auth=session, session=http.session)

    def organization_id(self) -> str | None:
        """The id of the org, as its answer to a login has it."""
        if self.session.token is None:
            self.session.login()
        return self.session.organization_id

    def describe(self, object_name: str) -> Described | None:
        """The object's fields and relationships, or None where the org has none or its user may not see it."""
        doing = f"describing {object_name}"
        with explained(self.instance_url, doing):
            response = self.rest.get(f"{API_PATH}/sobjects/{object_name}/describe")
            if response.status_code == 404 and error_code(response) == "NOT_FOUND":
                return None
            response.raise_for_status()
            fields = response.json()["fields"]
            return Described(
                {field["name"]: field["type"] for field in fields},
                # A field that leads to one of several objects (Owner, Who) has only what these have in common.
                {
                    field["relationshipName"]: field["referenceTo"][0]
                    for field in fields
                    if field.get("relationshipName") and len(field["referenceTo"]) == 1
                },
                {field["name"]: [each["value"] for each in field.get("picklistValues") or []] for field in fields},
            )

    def pages(self, soql: str, object_name: str) -> Iterator[list[dict[str, Any]]]:
        """The rows that ``soql`` finds, deleted ones too, page by page; many rows by the Bulk API.

        A row may come twice: where Salesforce has dropped the query in between, it is run again. What the Bulk API
        sends is flat (``RecordType.DeveloperName``) and all text.
        """
        for restart in range(RESTARTS + 1):
            try:
                with explained(self.instance_url, f"reading {object_name}"):
                    yield from self._pages(soql, object_name)
                return
            except AttributionError as error:
                if restart == RESTARTS or not _lost_its_place(error):
                    raise
                logger.info("Salesforce no longer knows where %s went on; reading it again", object_name)

    def _pages(self, soql: str, object_name: str) -> Iterator[list[dict[str, Any]]]:
        pages = self.rest.paginate(
            f"{API_PATH}/queryAll",
            params={"q": soql},
            data_selector="$",
            paginator=JSONLinkPaginator(next_url_path="nextRecordsUrl"),
        )
        for number, page in enumerate(pages):
            host = urlsplit(page.request.url or self.instance_url).netloc
            if host != urlsplit(self.instance_url).netloc:
                raise AttributionError(
                    f"Salesforce's next page lies on another host, {host}.",
                    "Give SALESFORCE_INSTANCE_URL the address that the org itself uses.",
                )
            answer = page[0] if page else None
            if not isinstance(answer, dict) or not isinstance(answer.get("records"), list):
                raise AttributionError(f"{self.instance_url} answered a query without records.", TRY_AGAIN)
            if number == 0 and answer.get("totalSize", 0) > self.bulk_rows:
                job = bulk.create(self.rest, API_PATH, soql)
                if job:
                    yield from bulk.pages(self.rest, job, object_name)
                    return
            yield answer["records"]


def _lost_its_place(error: AttributionError) -> bool:
    cause = error.__cause__
    return (
        isinstance(cause, requests.HTTPError)
        and cause.response is not None
        and error_code(cause.response) == "INVALID_QUERY_LOCATOR"
    )
