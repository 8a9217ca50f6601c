"""Contacts of contact lists: by id, in bulk, by search, and added or updated."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.genesys.access import route
from sandbox.genesys.errors import bad_request, not_found
from sandbox.genesys.listings import entity_page, page_asked_for
from sandbox.genesys.state import GenesysState
from sandbox.genesys.validation import Map, iso, json_body

Record = dict[str, Any]
LIST = "/api/v2/outbound/contactlists/{list_id}/contacts"
BULK_MAX = 1000
SEARCH_PAGE_MAX = 100
WRITABLE = {
    "id": str,
    "contactListId": str,
    "data": Map(str),
    "latestSmsEvaluations": Map(object),
    "latestEmailEvaluations": Map(object),
    "latestWhatsAppEvaluations": Map(object),
    "callable": bool,
    "phoneNumberStatus": Map({"callable": bool}),
    "contactableStatus": Map(object),
    "dateCreated": str,
    "retentionType": ("Never", "Today", "RetentionDays", "DateExpiration"),
    "retentionDays": int,
    "dateExpiration": str,
}
_PREDICATE = {
    "column": str,
    "columnType": ("numeric", "alphabetic"),
    "operator": ("EQUALS", "CONTAINS", "BEGINS_WITH", "ENDS_WITH", "IN"),
    "value": str,
    "range": {"min": str, "max": str, "minInclusive": bool, "maxInclusive": bool, "inSet": [str]},
    "inverted": bool,
}
SEARCH = {
    "contactListFilterId": str,
    "criteria": {
        "filterType": ("AND", "OR"),
        "clauses": [{"filterType": ("AND", "OR"), "predicates": [_PREDICATE]}],
    },
    "pageNumber": int,
    "pageSize": int,
    "contactSorts": [{"fieldName": str, "direction": ("ASC", "DESC"), "numeric": bool}],
}


def routes(state: GenesysState) -> list[Route]:
    """Routes of contacts; the fixed words come before the contact id."""
    flags = {"priority": bool, "clearSystemData": bool, "doNotQueue": bool}
    return [
        route(state, "POST", f"{LIST}/bulk", bulk, "outbound:contact:view"),
        route(state, "POST", f"{LIST}/search", search, "outbound:contact:view"),
        route(state, "POST", LIST, add, "outbound:contact:add", flags),
        route(state, "GET", f"{LIST}/{{contact_id}}", one, "outbound:contact:view"),
    ]


def contacts_of(state: GenesysState, request: Request) -> tuple[Record, dict[str, Record]]:
    """The contact list of the path, and its contacts by id."""
    list_id = request.path_params["list_id"]
    for contact_list in state.org.contact_lists:
        if contact_list["id"] == list_id:
            return contact_list, state.contacts.setdefault(list_id, {})
    raise not_found("contact list", list_id)


async def one(state: GenesysState, request: Request, query: dict[str, Any]) -> Response:
    """One contact."""
    _, contacts = contacts_of(state, request)
    contact_id = request.path_params["contact_id"]
    if contact_id not in contacts:
        raise not_found("contact", contact_id)
    return JSONResponse(contacts[contact_id])


async def bulk(state: GenesysState, request: Request, query: dict[str, Any]) -> Response:
    """The contacts of a list of ids; ids that the list does not have are left out."""
    ids = await json_body(request, [str])
    _, contacts = contacts_of(state, request)
    if not 1 <= len(ids) <= BULK_MAX:
        raise bad_request(f"The body must hold from 1 to {BULK_MAX} contact ids, not {len(ids)}.", "body")
    return JSONResponse([contacts[each] for each in dict.fromkeys(ids) if each in contacts])


async def search(state: GenesysState, request: Request, query: dict[str, Any]) -> Response:
    """Contacts of a list, filtered by criteria on its columns, sorted, and paged."""
    body = await json_body(request, SEARCH)
    contact_list, contacts = contacts_of(state, request)
    if body.get("contactListFilterId") is not None:
        raise not_found("contact list filter", body["contactListFilterId"])
    columns = set(contact_list.get("columnNames", []))
    found = [each for each in contacts.values() if meets(each, body.get("criteria") or {}, columns)]
    found.sort(key=lambda contact: contact["id"])
    for sort in reversed(body.get("contactSorts") or []):
        column = _column(sort.get("fieldName"), columns)
        found.sort(key=_by_column(column), reverse=sort.get("direction") == "DESC")
    asked = {name: body[name] for name in ("pageSize", "pageNumber") if body.get(name) is not None}
    number, size = page_asked_for(asked, SEARCH_PAGE_MAX, clips=False)
    page = entity_page(request.url.path, found, number, size, {})
    return JSONResponse({**page, "contactsCount": len(contacts)})


def _by_column(column: str) -> Callable[[Record], str]:
    return lambda contact: contact["data"].get(column, "")


def _column(name: str | None, columns: set[str]) -> str:
    if name not in columns:
        raise bad_request(f"The contact list has no column '{name}'.", "column")
    return name


def meets(contact: Record, criteria: Record, columns: set[str]) -> bool:
    """Whether a contact meets the criteria; a column that the list lacks is a 400."""
    clauses = criteria.get("clauses") or []
    results = []
    for clause in clauses:
        inner = [_predicate(contact, each, columns) for each in clause.get("predicates") or []]
        results.append(any(inner) if clause.get("filterType") == "OR" else all(inner))
    return any(results) if criteria.get("filterType") == "OR" and results else all(results)


def _predicate(contact: Record, predicate: Record, columns: set[str]) -> bool:
    actual = contact["data"].get(_column(predicate.get("column"), columns), "").lower()
    wanted = (predicate.get("value") or "").lower()
    options = [each.lower() for each in (predicate.get("range") or {}).get("inSet") or []]
    met = {
        "EQUALS": actual == wanted,
        "CONTAINS": wanted in actual,
        "BEGINS_WITH": actual.startswith(wanted),
        "ENDS_WITH": actual.endswith(wanted),
        "IN": actual in options,
    }[predicate.get("operator") or "EQUALS"]
    return met is not bool(predicate.get("inverted"))


async def add(state: GenesysState, request: Request, query: dict[str, Any]) -> Response:
    """Add contacts, or replace the data of those that are there; all of them or none."""
    body = await json_body(request, [WRITABLE])
    contact_list, contacts = contacts_of(state, request)
    if not 1 <= len(body) <= BULK_MAX:
        raise bad_request(f"The body must hold from 1 to {BULK_MAX} contacts, not {len(body)}.", "body")
    columns = set(contact_list.get("columnNames", []))
    for position, given in enumerate(body):
        if given.get("contactListId") not in (None, contact_list["id"]):
            raise bad_request("contactListId is not that of the path.", f"[{position}].contactListId")
        if not given.get("data"):
            raise bad_request("A contact needs data.", f"[{position}].data")
        for column in given["data"]:
            if column not in columns:
                raise bad_request(f"The contact list has no column '{column}'.", f"[{position}].data.{column}")
    answer = [_put(state, contact_list["id"], contacts, given) for given in body]
    state.journal.append(
        {"kind": "contacts", "contactListId": contact_list["id"], "ids": [each["id"] for each in answer]}
    )
    return JSONResponse(answer)


def _put(state: GenesysState, list_id: str, contacts: dict[str, Record], given: Record) -> Record:
    contact_id = given.get("id") or state.next_id("contact")
    held = contacts.get(contact_id, {"dateCreated": iso(datetime.now(UTC)), "callable": True})
    contacts[contact_id] = {
        **held,
        **{name: value for name, value in given.items() if value is not None},
        "id": contact_id,
        "contactListId": list_id,
        "selfUri": f"/api/v2/outbound/contactlists/{list_id}/contacts/{contact_id}",
    }
    return contacts[contact_id]
