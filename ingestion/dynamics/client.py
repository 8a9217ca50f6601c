"""Talks to the Dataverse Web API: token, retries, pages and delta links, on dlt's HTTP client.

Sources: Microsoft's pages "Compose HTTP requests and handle errors", "Use change tracking to synchronize data with
external systems" and "Service protection API limits" of the Dataverse developer guide.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple
from urllib.parse import parse_qs, quote, urlencode, urlsplit

import requests

from common.errors import AttributionError
from common.settings import DynamicsSettings
from ingestion.dynamics.errors import EXPIRED_VERSION, LinkExpired, explained, login_refused, refusal
from ingestion.rest import TRY_AGAIN, TokenSession, retrying, unreadable

Row = dict[str, Any]

API_PATH = "/api/data/v9.2/"
FIRST_PAUSE = 0.3
# The most that Dataverse gives.
PAGE_SIZE = 5000
LOOKUP_TYPE = "@Microsoft.Dynamics.CRM.lookuplogicalname"
FORMATTED = "@OData.Community.Display.V1.FormattedValue"
# A condition of one query may have 500 parts.
IDS_A_QUERY = 100
HEADERS = {"Accept": "application/json", "OData-MaxVersion": "4.0", "OData-Version": "4.0", "If-None-Match": "null"}


class Column(NamedTuple):
    """What an org says of a column: AttributeType, and of a DateTime its behavior and format."""

    type: str
    behavior: str | None = None
    format: str | None = None


@dataclass(frozen=True)
class Described:
    """A table of an org: its columns by logical name, and whether change tracking is on."""

    columns: dict[str, Column]
    is_tracked: bool


@dataclass(frozen=True)
class Page:
    """Rows as they came, ids of deleted rows, and on the last page the delta link, where one was asked for."""

    rows: list[Row]
    deleted: list[str]
    delta_link: str | None


class Session(TokenSession):
    """Tokens of Entra ID for one environment."""

    renewing = "Dynamics 365 no longer takes the token; logging in again"

    def __init__(self, settings: DynamicsSettings) -> None:
        super().__init__(retrying(FIRST_PAUSE, [unreadable]))
        self.settings = settings

    def login(self) -> str:
        """Fetch a token (client credentials); raises AttributionError."""
        login_url = self.settings.login_url
        body = self.fetch(
            f"{login_url}/{self.settings.tenant_id}/oauth2/v2.0/token",
            {
                "client_id": self.settings.client_id,
                "client_secret": self.settings.client_secret,
                "scope": f"{self.settings.url}/.default",
            },
            explained(login_url, "logging in", "DYNAMICS_LOGIN_URL"),
            lambda response: login_refused(response, login_url),
        )
        return str(body["access_token"])


class Client:
    """One org's Web API. Every failure that outlasts the retries is an AttributionError."""

    def __init__(self, settings: DynamicsSettings) -> None:
        self.url = settings.url
        self.session = Session(settings)
        self.http = retrying(FIRST_PAUSE, [self.session.renewed, unreadable])

    def describe(self, logical_name: str) -> Described | None:
        """The table's columns and whether change tracking is on; None where the org has no such table."""
        path = f"EntityDefinitions(LogicalName='{logical_name}')"
        doing = f"describing {logical_name}"
        response = self._get(
            f"{self.url}{API_PATH}{path}?$select=LogicalName,ChangeTrackingEnabled"
            "&$expand=Attributes($select=LogicalName,AttributeType)",
            doing,
            refused=(404,),
        )
        if response.status_code == 404:
            return None
        with explained(self.url, doing):
            body = response.json()
        columns = {each["LogicalName"]: Column(each["AttributeType"]) for each in body["Attributes"]}
        times = self._get(
            f"{self.url}{API_PATH}{path}/Attributes/Microsoft.Dynamics.CRM.DateTimeAttributeMetadata"
            "?$select=LogicalName,Format,DateTimeBehavior",
            doing,
        )
        with explained(self.url, doing):
            for each in times.json()["value"]:
                behavior = (each.get("DateTimeBehavior") or {}).get("Value")
                columns[each["LogicalName"]] = Column("DateTime", behavior, each.get("Format"))
        return Described(columns, bool(body.get("ChangeTrackingEnabled")))

    def first_page(self, entity_set: str, columns: list[str], condition: str | None = None) -> str:
        """The address of a query for these columns (names in JSON), of all rows or those of the $filter."""
        options = {"$select": ",".join(columns), **({"$filter": condition} if condition else {})}
        return f"{self.url}{API_PATH}{entity_set}?{urlencode(options, quote_via=quote, safe='$,')}"

    def pages(self, link: str, doing: str, track: bool = False) -> Iterator[Page]:
        """The pages from ``link`` on: a query, or a delta link. ``track`` asks for a delta link at their end.

        A row may come twice, when it changes in between. Raises LinkExpired where a delta link no longer holds.
        """
        preferences = [
            f"odata.maxpagesize={PAGE_SIZE}",
            f'odata.include-annotations="{LOOKUP_TYPE[1:]},{FORMATTED[1:]}"',
            *(["odata.track-changes"] if track else []),
        ]
        following: str | None = link
        while following:
            self._check_host(following)
            response = self._get(following, doing, preferences=",".join(preferences), refused=(400, 410))
            if response.status_code != 200:
                if "$deltatoken" in parse_qs(urlsplit(following).query) and (
                    response.status_code == 410 or refusal(response)[0] == EXPIRED_VERSION
                ):
                    raise LinkExpired
                with explained(self.url, doing):
                    response.raise_for_status()
            with explained(self.url, doing):
                body = response.json()
            if not isinstance(body, dict) or not isinstance(body.get("value"), list):
                raise AttributionError(f"{self.url} answered a query without rows while {doing}.", TRY_AGAIN)
            rows, deleted = [], []
            for row in body["value"]:
                if str(row.get("@odata.context", "")).endswith("/$deletedEntity"):
                    deleted.append(str(row["id"]).rsplit("(", 1)[-1].rstrip(")").lower())
                else:
                    rows.append(row)
            following = body.get("@odata.nextLink")
            yield Page(rows, deleted, body.get("@odata.deltaLink"))

    def parties(self, activities: list[str]) -> Iterator[Row]:
        """Who took part in these activities. They have no change tracking, so they are read beside their activity."""
        for start in range(0, len(activities), IDS_A_QUERY):
            chosen = activities[start : start + IDS_A_QUERY]
            link = self.first_page(
                "activityparties",
                ["_activityid_value", "_partyid_value", "participationtypemask", "addressused"],
                " or ".join(f"_activityid_value eq {activity}" for activity in chosen),
            )
            for page in self.pages(link, "reading activityparty"):
                yield from page.rows

    def _check_host(self, link: str) -> None:
        host = urlsplit(link).netloc
        if host != urlsplit(self.url).netloc:
            raise AttributionError(
                f"Dynamics 365's next page lies on another host, {host}.",
                "Give DYNAMICS_URL the address that the environment itself uses.",
            )

    def _get(
        self, url: str, doing: str, preferences: str | None = None, refused: tuple[int, ...] = ()
    ) -> requests.Response:
        """GET; an answer of one of the statuses ``refused`` is given back as it is."""
        headers = {**HEADERS, **({"Prefer": preferences} if preferences else {})}
        with explained(self.url, doing):
            response = self.http.session.get(url, headers=headers, auth=self.session, allow_redirects=False)
            if response.status_code not in refused:
                response.raise_for_status()
        return response
