"""Records of conversation custom attributes: created, replaced, amended and read, with an optimistic lock."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.genesys.access import route
from sandbox.genesys.errors import ApiError, bad_request, not_found
from sandbox.genesys.schemas import value_fault
from sandbox.genesys.state import GenesysState
from sandbox.genesys.validation import Map, iso, json_body

Record = dict[str, Any]
BASE = "/api/v2/conversations/{conversation_id}/customattributes"
VIEW = "conversation:customAttributes:view"
EDIT = "conversation:customAttributes:edit"
DELETE = "conversation:customAttributes:delete"
PATCH_BODY = {"id": str, "divisions": [str], "version": int, "customAttributes": Map(object)}
PUT_BODY = {**PATCH_BODY, "schemaId": str}
ID_MAX = 256
BULK_MAX = 100


def routes(state: GenesysState) -> list[Route]:
    """Routes of custom attributes records."""
    return [
        route(state, "PUT", BASE, put_one, EDIT),
        route(state, "PATCH", BASE, patch_one, EDIT),
        route(state, "GET", BASE, listing, VIEW),
        route(state, "PUT", f"{BASE}/bulk", put_bulk, EDIT),
        route(state, "PATCH", f"{BASE}/bulk", patch_bulk, EDIT),
        route(state, "GET", f"{BASE}/{{record_id}}", one, VIEW),
        route(state, "DELETE", f"{BASE}/{{record_id}}", delete, DELETE),
    ]


async def put_one(state: GenesysState, request: Request, query: dict[str, Any]) -> Response:
    """Create or replace one record."""
    given = await json_body(request, PUT_BODY)
    record = _write(state, _conversation(state, request), given, amend=False)
    return JSONResponse({"id": record["id"]})


async def patch_one(state: GenesysState, request: Request, query: dict[str, Any]) -> Response:
    """Amend one record."""
    given = await json_body(request, PATCH_BODY)
    _write(state, _conversation(state, request), given, amend=True)
    return Response(status_code=204)


async def put_bulk(state: GenesysState, request: Request, query: dict[str, Any]) -> Response:
    """Create or replace several records, each with a status of its own."""
    return await _bulk(state, request, PUT_BODY, amend=False)


async def patch_bulk(state: GenesysState, request: Request, query: dict[str, Any]) -> Response:
    """Amend several records, each with a status of its own."""
    return await _bulk(state, request, PATCH_BODY, amend=True)


async def _bulk(state: GenesysState, request: Request, shape: Any, *, amend: bool) -> Response:
    body = await json_body(request, [shape])
    conversation_id = _conversation(state, request)
    if not 1 <= len(body) <= BULK_MAX:
        raise bad_request(f"The body must hold from 1 to {BULK_MAX} records, not {len(body)}.", "body")
    ids = [given.get("id") for given in body]
    if not all(ids) or len(set(ids)) < len(ids):
        raise bad_request("Each record of a bulk request needs an id of its own.", "id")
    results: dict[str, Record] = {}
    unlucky: set[str] = set()
    if request.scope.get("fault") == "bulk_partial":
        unlucky = _unlucky(ids)
        request.scope["fault_done"] = True
    for given in body:
        try:
            if given["id"] in unlucky:
                raise ApiError(503, "service.unavailable", "Service Unavailable")
            record = _write(state, conversation_id, given, amend=amend)
            results[given["id"]] = {"statusCode": 200, "attributes": record}
        except ApiError as error:
            results[given["id"]] = {"statusCode": error.status, "errorMessage": error.message}
    return JSONResponse({"results": results})


def _unlucky(ids: list[str]) -> set[str]:
    """The records that an injected fault lets fail: about half of them, and at least one."""
    digests = {each: hashlib.sha256(each.encode()).digest()[0] for each in ids}
    return {each for each in ids if digests[each] % 2} or {ids[0]}


async def listing(state: GenesysState, request: Request, query: dict[str, Any]) -> Response:
    """All records of a conversation."""
    records = state.attributes.get(_conversation(state, request), {})
    return JSONResponse({"results": list(records.values())})


async def one(state: GenesysState, request: Request, query: dict[str, Any]) -> Response:
    """One record of a conversation."""
    return JSONResponse(_held(state, _conversation(state, request), request.path_params["record_id"]))


async def delete(state: GenesysState, request: Request, query: dict[str, Any]) -> Response:
    """Delete one record."""
    conversation_id, record_id = _conversation(state, request), request.path_params["record_id"]
    _held(state, conversation_id, record_id)
    del state.attributes[conversation_id][record_id]
    state.journal.append({"kind": "custom_attributes_deleted", "conversationId": conversation_id, "id": record_id})
    return Response(status_code=204)


def _conversation(state: GenesysState, request: Request) -> str:
    conversation_id = request.path_params["conversation_id"]
    if conversation_id not in state.store.positions:
        raise not_found("conversation", conversation_id)
    return conversation_id


def _held(state: GenesysState, conversation_id: str, record_id: str) -> Record:
    record = state.attributes.get(conversation_id, {}).get(record_id)
    if record is None:
        raise not_found("custom attributes", record_id)
    return record


def _write(state: GenesysState, conversation_id: str, given: Record, *, amend: bool) -> Record:
    """Check one record against lock and schema and keep it; raises ApiError and keeps nothing otherwise."""
    record_id = given.get("id")
    if not record_id or len(record_id) > ID_MAX:
        raise bad_request(f"A record needs an id of 1 to {ID_MAX} characters.", "id")
    held = state.attributes.get(conversation_id, {}).get(record_id)
    if amend and held is None:
        raise not_found("custom attributes", record_id)
    version = held["version"] if held else 0
    if given.get("version") is not None and given["version"] != version:
        raise ApiError(
            409,
            "conflict",
            f"Version conflict on record {record_id}: the latest version is {version}, not {given['version']}.",
            field="version",
        )
    schema = _schema(state, held, given)
    values = {name: value for name, value in (given.get("customAttributes") or {}).items() if value is not None}
    if amend and held is not None:
        values = {**held["customAttributes"], **values}
    _check_values(values, schema)
    now = iso(datetime.now(UTC))
    stamps = held["customAttributesTimestamps"] if held else {}
    before = held["customAttributes"] if held else {}
    record = {
        "id": record_id,
        "conversationId": conversation_id,
        "divisions": given.get("divisions") or [],
        "schema": {name: schema[name] for name in ("id", "version", "enabled", "selfUri")},
        "customAttributes": values,
        "customAttributesTimestamps": {
            name: stamps[name] if name in stamps and before.get(name) == value else now
            for name, value in values.items()
        },
        "version": version + 1,
        "dateCreated": held["dateCreated"] if held else now,
        "dateModified": now,
        "selfUri": f"/api/v2/conversations/{conversation_id}/customattributes/{record_id}",
    }
    state.attributes.setdefault(conversation_id, {})[record_id] = record
    state.journal.append(
        {
            "kind": "custom_attributes",
            "conversationId": conversation_id,
            "id": record_id,
            "version": version + 1,
            "schemaId": schema["id"],
            "customAttributes": values,
        }
    )
    return record


def _schema(state: GenesysState, held: Record | None, given: Record) -> Record:
    wanted = given.get("schemaId")
    if held is not None:
        if wanted not in (None, held["schema"]["id"]):
            raise bad_request("The schemaId of a record cannot be updated.", "schemaId")
        return state.schemas[held["schema"]["id"]]
    if wanted is None:
        raise bad_request("Field 'schemaId' is required to create a record.", "schemaId")
    if wanted not in state.schemas:
        raise not_found("schema", wanted)
    return state.schemas[wanted]


def _check_values(values: Record, schema: Record) -> None:
    document = schema["jsonSchema"]
    for name, value in values.items():
        if name not in document["properties"]:
            raise bad_request(f"Custom attribute '{name}' is not in schema {schema['id']}.", f"customAttributes.{name}")
        fault = value_fault(name, value, document["properties"][name])
        if fault:
            raise bad_request(fault, f"customAttributes.{name}")
    for name in document.get("required") or []:
        if name not in values:
            raise bad_request(f"Custom attribute '{name}' is required.", f"customAttributes.{name}")
