"""Talks to Salesforce's REST API: session, retry and paging, on dlt's REST client."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import requests
from dlt.sources.helpers.rest_client import RESTClient
from dlt.sources.helpers.rest_client.paginators import JSONLinkPaginator

from common.errors import AttributionError
from common.settings import SalesforceSettings
from ingestion import rest
from ingestion.rest import TRY_AGAIN, TokenSession, retrying
from ingestion.salesforce import bulk
from ingestion.salesforce.errors import error_code, explained, login_refused

logger = logging.getLogger(__name__)

API_PATH = "/services/data/v62.0"
TOKEN_PATH = "/services/oauth2/token"
FIRST_PAUSE = 0.3
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


class Session(TokenSession):
    """Tokens of the org's own login, and the id of the org, which it tells with each."""

    renewing = "Salesforce ended the session; logging in again"

    def __init__(self, settings: SalesforceSettings) -> None:
        super().__init__(retrying(FIRST_PAUSE, [unreadable]))
        self.settings = settings
        self.organization_id: str | None = None

    def login(self) -> str:
        """Fetch a token (client credentials); raises AttributionError."""
        url = self.settings.instance_url
        body = self.fetch(
            url + TOKEN_PATH,
            {"client_id": self.settings.client_id, "client_secret": self.settings.client_secret},
            explained(url, "logging in"),
            lambda response: login_refused(response, url),
        )
        # https://<host>/id/<organization>/<user>: OAuth Authorization Flows, "Identity URLs".
        identity = re.search(r"/id/(00D\w{12,15})/", str(body.get("id")))
        self.organization_id = identity[1] if identity else None
        return str(body["access_token"])


def unreadable(response: requests.Response | None, error: BaseException | None) -> bool:
    """Whether a good answer came with a body that is not whole: no JSON, or CSV of too few rows."""
    if response is not None and response.headers.get("Content-Type", "").startswith("text/csv"):
        return error is None and response.status_code == 200 and bulk.is_short(response)
    return rest.unreadable(response, error)


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
        http = retrying(FIRST_PAUSE, [session.renewed, limited, unreadable])
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
