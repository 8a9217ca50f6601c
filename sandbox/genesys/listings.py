"""The paged listings of entities: campaigns, contact lists, queues, users, flows and their like."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.genesys.access import route
from sandbox.genesys.errors import ApiError, bad_request
from sandbox.genesys.state import GenesysState

Record = dict[str, Any]
Entities = Callable[[GenesysState, dict[str, Any]], list[Record]]
PAGE_DEFAULT = 25


def _always(entity: Record, wanted: Any) -> bool:
    """For parameters that change the form of the answer, not what is in it."""
    return True


def _equals(*path: str) -> Callable[[Record, Any], bool]:
    def test(entity: Record, wanted: Any) -> bool:
        value: Any = entity
        for name in path:
            value = (value or {}).get(name)
        texts = {str(each).lower() for each in wanted} if isinstance(wanted, list) else {str(wanted).lower()}
        return str(value).lower() in texts

    return test


def _name(entity: Record, wanted: str) -> bool:
    """Genesys finds by a part of the name, whatever its case; asterisks at the ends mean the same."""
    return wanted.strip("*").lower() in str(entity.get("name", "")).lower()


@dataclass(frozen=True)
class Listing:
    """One listing: its path, the permission it wants, its entities, and the parameters that filter them.

    `filters` maps a query parameter to its shape and its test. `page_max` is the largest page; a larger one
    is cut to it where `clips` is true, and refused otherwise.
    """

    path: str
    permission: str
    entities: Entities
    filters: dict[str, tuple[Any, Callable[[Record, Any], bool]]] = field(default_factory=dict)
    page_max: int = 500
    clips: bool = False
    defaults: dict[str, Any] = field(default_factory=dict)


_ID = {"id": ([str], _equals("id"))}
_NAMED = {**_ID, "name": (str, _name)}
_DIVISION = {"divisionId": ([str], _equals("division", "id"))}


def _contact_lists(state: GenesysState, query: dict[str, Any]) -> list[Record]:
    answer = []
    for contact_list in state.org.contact_lists:
        shown = {name: value for name, value in contact_list.items() if name not in ("size", "importStatus")}
        if query.get("includeSize"):
            shown["size"] = len(state.contacts.get(contact_list["id"], {}))
        if query.get("includeImportStatus") and "importStatus" in contact_list:
            shown["importStatus"] = contact_list["importStatus"]
        answer.append(shown)
    return answer


def _user_state(user: Record, wanted: str) -> bool:
    return wanted == "any" or str(user.get("state", "active")).lower() == wanted


LISTINGS = [
    Listing(
        "/api/v2/outbound/campaigns",
        "outbound:campaign:view",
        lambda state, query: state.org.campaigns,
        {
            **_NAMED,
            **_DIVISION,
            "contactListId": (str, _equals("contactList", "id")),
            "distributionQueueId": (str, _equals("queue", "id")),
        },
        page_max=100,
        clips=True,
    ),
    Listing(
        "/api/v2/outbound/messagingcampaigns",
        "outbound:messagingCampaign:view",
        lambda state, query: state.org.messaging_campaigns,
        {
            **_NAMED,
            **_DIVISION,
            "contactListId": (str, _equals("contactList", "id")),
            "campaignStatus": (str, _equals("campaignStatus")),
        },
        page_max=100,
        clips=True,
    ),
    Listing(
        "/api/v2/outbound/contactlists",
        "outbound:contactList:view",
        _contact_lists,
        {
            **_NAMED,
            **_DIVISION,
            "includeImportStatus": (bool, _always),
            "includeSize": (bool, _always),
            "allowEmptyResult": (bool, _always),
        },
        page_max=100,
        clips=True,
    ),
    Listing(
        "/api/v2/routing/wrapupcodes",
        "routing:wrapupCode:view",
        lambda state, query: state.org.wrapup_codes,
        {**_NAMED, **_DIVISION},
    ),
    Listing(
        "/api/v2/routing/queues",
        "routing:queue:view",
        lambda state, query: state.org.queues,
        {**_NAMED, **_DIVISION},
    ),
    Listing("/api/v2/routing/skills", "routing:skill:view", lambda state, query: state.org.skills, dict(_NAMED)),
    Listing(
        "/api/v2/users",
        "directory:user:view",
        lambda state, query: state.org.users,
        {**_ID, "state": (("active", "inactive", "deleted", "any"), _user_state), "expand": ([str], _always)},
        defaults={"state": "active"},
    ),
    Listing(
        "/api/v2/flows",
        "architect:flow:view",
        lambda state, query: state.org.flows,
        {**_NAMED, **_DIVISION, "type": ([str], _equals("type")), "deleted": (bool, _always)},
    ),
    Listing(
        "/api/v2/flows/outcomes",
        "architect:flowOutcome:view",
        lambda state, query: state.org.flow_outcomes,
        {**_NAMED, **_DIVISION},
    ),
    Listing(
        "/api/v2/flows/milestones",
        "architect:flowMilestone:view",
        lambda state, query: state.org.flow_milestones,
        {**_NAMED, **_DIVISION},
    ),
]
_PAGING = {"pageSize": int, "pageNumber": int, "sortBy": str, "sortOrder": str}


def routes(state: GenesysState) -> list[Route]:
    """One route for each listing."""
    return [_route(state, listing) for listing in LISTINGS]


def _route(state: GenesysState, listing: Listing) -> Route:
    shapes = {**_PAGING, **{name: shape for name, (shape, _) in listing.filters.items()}}

    async def handler(state: GenesysState, request: Request, query: dict[str, Any]) -> Response:
        asked = {**listing.defaults, **query}
        found = [
            entity
            for entity in listing.entities(state, asked)
            if all(listing.filters[n][1](entity, v) for n, v in asked.items() if n in listing.filters)
        ]
        number, size = page_asked_for(query, listing.page_max, listing.clips)
        return JSONResponse(entity_page(listing.path, _sorted(found, query), number, size, query))

    return route(state, "GET", listing.path, handler, listing.permission, shapes)


def page_asked_for(query: dict[str, Any], largest: int, clips: bool) -> tuple[int, int]:
    """Page number and size of a query, or 400."""
    size, number = query.get("pageSize", PAGE_DEFAULT), query.get("pageNumber", 1)
    if number < 1:
        raise bad_request("pageNumber must be at least 1.", "pageNumber")
    if size < 1 or (size > largest and not clips):
        raise bad_request(f"pageSize must be from 1 to {largest}.", "pageSize")
    return number, min(size, largest)


def _sorted(entities: list[Record], query: dict[str, Any]) -> list[Record]:
    order = str(query.get("sortOrder", "ascending")).lower()
    if order not in ("ascending", "descending", "asc", "desc"):
        raise ApiError(
            400,
            "invalid.value",
            f"Value [{order}] is not valid for field [sortOrder]. Allowable values are: ascending, descending",
            field="sortOrder",
        )
    name = query.get("sortBy", "name")
    ordered = sorted(entities, key=lambda each: (str(each.get(name, "")).lower(), str(each.get("id", ""))))
    return ordered[::-1] if order.startswith("desc") else ordered


def entity_page(path: str, entities: list[Record], number: int, size: int, query: dict[str, Any]) -> dict[str, Any]:
    """One page in the form of an EntityListing; the last page has no nextUri, the first no previousUri."""
    pages = math.ceil(len(entities) / size)

    def uri(page: int) -> str:
        return f"{path}?{urlencode({**query, 'pageSize': size, 'pageNumber': page}, doseq=True)}"

    body: dict[str, Any] = {
        "entities": entities[(number - 1) * size : number * size],
        "pageSize": size,
        "pageNumber": number,
        "total": len(entities),
        "firstUri": uri(1),
        "selfUri": uri(number),
        "lastUri": uri(max(pages, 1)),
        "pageCount": pages,
    }
    if number < pages:
        body["nextUri"] = uri(number + 1)
    if number > 1:
        body["previousUri"] = uri(number - 1)
    return body
