"""Bulk edits of a contact list: a job that puts the same values into many contacts, and leaves the rest of them."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.genesys.access import route
from sandbox.genesys.contacts import LIST, SEARCH, contacts_of, meets
from sandbox.genesys.errors import bad_request, not_found
from sandbox.genesys.state import GenesysState
from sandbox.genesys.validation import Map, json_body

Record = dict[str, Any]
IDS_MAX = 1000
EDIT = {
    "contactListFilterId": str,
    "criteria": SEARCH["criteria"],
    "contactIds": [str],
    "contact": {"data": Map(str), "callable": bool},
    "generateDownloadURI": bool,
}


def routes(state: GenesysState) -> list[Route]:
    """Routes of bulk edits."""
    return [
        route(state, "POST", f"{LIST}/bulk/update", start, "outbound:contact:edit"),
        route(state, "GET", f"{LIST}/bulk/jobs/{{job_id}}", status, "outbound:contact:view"),
    ]


async def start(state: GenesysState, request: Request, query: dict[str, Any]) -> Response:
    """Edit the contacts named by id or met by criteria: the job is done now, and its end shows at the next look."""
    body = await json_body(request, EDIT)
    contact_list, contacts = contacts_of(state, request)
    columns = set(contact_list.get("columnNames", []))
    named = [name for name in ("contactIds", "criteria", "contactListFilterId") if body.get(name) is not None]
    if len(named) != 1:
        raise bad_request("The contacts are named by exactly one of contactIds, criteria, contactListFilterId.")
    if named == ["contactListFilterId"]:
        raise not_found("contact list filter", body["contactListFilterId"])
    ids = body.get("contactIds")
    if ids is not None and not 1 <= len(ids) <= IDS_MAX:
        raise bad_request(f"There must be from 1 to {IDS_MAX} contact ids, not {len(ids)}.", "contactIds")
    edit = {name: value for name, value in (body.get("contact") or {}).items() if value is not None}
    if not edit.get("data") and "callable" not in edit:
        raise bad_request("Field 'contact' says nothing that could be edited.", "contact")
    for column in edit.get("data") or {}:
        if column not in columns:
            raise bad_request(f"The contact list has no column '{column}'.", f"contact.data.{column}")
    if ids is not None:
        found = [each for each in dict.fromkeys(ids) if each in contacts]
    else:
        found = [id for id, each in contacts.items() if meets(each, body["criteria"], columns)]
    job_id = state.next_id("contact job")
    failed = request.scope.get("fault") == "edit_fails"
    request.scope["fault_done"] = failed
    if not failed:
        for contact_id in found:
            held = contacts[contact_id]
            contacts[contact_id] = {**held, **edit, "data": {**held["data"], **(edit.get("data") or {})}}
        state.journal.append({"kind": "contacts_edited", "contactListId": contact_list["id"], "ids": found, **edit})
    state.contact_jobs[job_id] = {
        "id": job_id,
        "state": "Failed" if failed else "Complete",
        "type": "BulkEdit",
        "totalRecords": len(found),
        "completedRecords": 0 if failed else len(found),
        "percentComplete": 0 if failed else 100,
        "selfUri": f"{request.url.path.removesuffix('/update')}/jobs/{job_id}",
        **({"failureReason": {"message": "The contact list is busy.", "code": "busy"}} if failed else {}),
    }
    return JSONResponse({**_begun(state.contact_jobs[job_id]), "percentComplete": 0})


async def status(state: GenesysState, request: Request, query: dict[str, Any]) -> Response:
    """How far a bulk edit is."""
    contacts_of(state, request)
    job_id = request.path_params["job_id"]
    if job_id not in state.contact_jobs:
        raise not_found("contact job", job_id)
    return JSONResponse(state.contact_jobs[job_id])


def _begun(job: Record) -> Record:
    return {**{name: job[name] for name in ("id", "type", "totalRecords", "selfUri")}, "state": "InProgress"}
