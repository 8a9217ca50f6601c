"""Schemas of conversation custom attributes, built from core types."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.genesys.access import route
from sandbox.genesys.errors import ApiError, bad_request, not_found
from sandbox.genesys.state import GenesysState
from sandbox.genesys.validation import instant, iso, json_body

Record = dict[str, Any]
BASE = "/api/v2/conversations/customattributes/schemas"
VIEW = "conversation:customAttributes:schemaView"
ADD = "conversation:customAttributes:schemaAdd"
DRAFT = "http://json-schema.org/draft-04/schema#"
BODY = {"$schema": str, "title": str, "description": str, "required": [str], "properties": object}
# Core type → JSON type, the limits a property may set, and the range of each limit.
CORE_TYPES: dict[str, tuple[str, dict[str, tuple[int, int]]]] = {
    "text": ("string", {"minLength": (0, 100), "maxLength": (1, 100)}),
    "longtext": ("string", {"minLength": (0, 1000), "maxLength": (1, 1000)}),
    "url": ("string", {"minLength": (0, 200), "maxLength": (1, 200)}),
    "identifier": ("string", {"minLength": (0, 100), "maxLength": (1, 100)}),
    "enum": ("string", {}),
    "date": ("string", {}),
    "datetime": ("string", {}),
    "integer": ("integer", {"minimum": (-(10**15), 10**15), "maximum": (-(10**15), 10**15)}),
    "number": ("number", {"minimum": (-(10**15), 10**15), "maximum": (-(10**15), 10**15)}),
    "checkbox": ("boolean", {}),
    "tag": ("array", {"minItems": (0, 10), "maxItems": (1, 10)}),
}
LIMITS = {
    "minFieldNameCharacters": 1,
    "maxFieldNameCharacters": 140,
    "minFieldTitleCharacters": 1,
    "maxFieldTitleCharacters": 50,
    "minFieldDescriptionCharacters": 0,
    "maxFieldDescriptionCharacters": 240,
    "minSchemaNameCharacters": 1,
    "maxSchemaNameCharacters": 140,
    "minSchemaDescriptionCharacters": 0,
    "maxSchemaDescriptionCharacters": 240,
    "maxNumberOfSchemasPerOrg": 20,
    "maxNumberOfFieldsPerSchema": 50,
    "maxNumberOfFieldsPerOrg": 200,
}


def routes(state: GenesysState) -> list[Route]:
    """Routes of schemas; the fixed words come before the schema id."""
    return [
        route(state, "POST", BASE, create, ADD),
        route(state, "GET", BASE, listing, VIEW),
        route(state, "GET", f"{BASE}/limits", limits, VIEW),
        route(state, "GET", f"{BASE}/coretypes", core_types, VIEW),
        route(state, "GET", f"{BASE}/coretypes/{{name}}", core_type, VIEW),
        route(state, "GET", f"{BASE}/{{schema_id}}", one, VIEW),
    ]


async def create(state: GenesysState, request: Request, query: dict[str, Any]) -> Response:
    """Create a schema; its title must be new, its properties must each stand on a core type."""
    body = await json_body(request, BODY)
    _check_schema(body)
    if any(each["jsonSchema"]["title"].lower() == body["title"].lower() for each in state.schemas.values()):
        raise ApiError(
            409,
            "conflict",
            f"A schema with the title '{body['title']}' exists already.",
            field="title",
            params={"title": body["title"]},
        )
    if len(state.schemas) >= LIMITS["maxNumberOfSchemasPerOrg"]:
        raise bad_request("The org has as many schemas as it may have.")
    schema_id = state.next_id("schema")
    document = {"$schema": DRAFT, **{name: value for name, value in body.items() if value is not None}}
    schema = state.schemas[schema_id] = {
        "id": schema_id,
        "version": 1,
        "enabled": True,
        "dateCreated": iso(datetime.now(UTC)),
        "jsonSchema": document,
        "selfUri": f"{BASE}/{schema_id}",
    }
    state.journal.append({"kind": "schema", "id": schema_id, "version": 1, "jsonSchema": document})
    return JSONResponse(schema)


async def listing(state: GenesysState, request: Request, query: dict[str, Any]) -> Response:
    """All schemas."""
    schemas = list(state.schemas.values())
    return JSONResponse({"total": len(schemas), "entities": schemas, "selfUri": BASE})


async def one(state: GenesysState, request: Request, query: dict[str, Any]) -> Response:
    """One schema."""
    schema_id = request.path_params["schema_id"]
    if schema_id not in state.schemas:
        raise not_found("schema", schema_id)
    return JSONResponse(state.schemas[schema_id])


async def limits(state: GenesysState, request: Request, query: dict[str, Any]) -> Response:
    """How many schemas, fields and characters there may be."""
    return JSONResponse({**LIMITS, "selfUri": f"{BASE}/limits"})


async def core_types(state: GenesysState, request: Request, query: dict[str, Any]) -> Response:
    """The core types that a property may stand on."""
    entities = [_core_type(name) for name in CORE_TYPES]
    return JSONResponse({"total": len(entities), "entities": entities, "selfUri": f"{BASE}/coretypes"})


async def core_type(state: GenesysState, request: Request, query: dict[str, Any]) -> Response:
    """One core type."""
    name = request.path_params["name"]
    if name not in CORE_TYPES:
        raise not_found("core type", name)
    return JSONResponse(_core_type(name))


def _core_type(name: str) -> Record:
    json_type, ranges = CORE_TYPES[name]
    return {
        "id": name,
        "name": name,
        "version": 1,
        "schema": {"title": name, "description": f"Core type {name}", "type": [json_type]},
        "current": True,
        "validationFields": list(ranges),
        "validationLimits": {limit: {"min": low, "max": high} for limit, (low, high) in ranges.items()},
        "selfUri": f"{BASE}/coretypes/{name}",
    }


def _check_schema(body: Record) -> None:
    if body.get("$schema") not in (None, DRAFT):
        raise bad_request(f"The only $schema supported is {DRAFT}.", "$schema")
    _check_length(body.get("title"), "title", "SchemaName")
    _check_length(body.get("description") or "", "description", "SchemaDescription")
    properties = body.get("properties")
    if not isinstance(properties, dict) or not properties:
        raise bad_request("A schema needs properties.", "properties")
    if len(properties) > LIMITS["maxNumberOfFieldsPerSchema"]:
        raise bad_request("The schema has more properties than it may have.", "properties")
    for name, definition in properties.items():
        _check_property(name, definition)
    for name in body.get("required") or []:
        if name not in properties:
            raise bad_request(f"The required property '{name}' is not defined.", "required")


def _check_property(name: str, definition: Any) -> None:
    field = f"properties.{name}"
    _check_length(name, field, "FieldName")
    if not re.fullmatch(r"[A-Za-z0-9_-]+", name):
        raise bad_request(f"The name of property '{name}' may have letters, digits, '_' and '-'.", field)
    reference = definition.get("allOf") if isinstance(definition, dict) else None
    text = (
        reference[0].get("$ref")
        if isinstance(reference, list) and len(reference) == 1 and isinstance(reference[0], dict)
        else None
    )
    core = text.removeprefix("#/definitions/") if isinstance(text, str) else None
    if core not in CORE_TYPES or text == core:
        raise bad_request(
            f'Property \'{name}\' must reference a core type: "allOf": [{{"$ref": "#/definitions/<core type>"}}].',
            field,
        )
    if not name.endswith(f"_{core}"):
        raise bad_request(f"The name of property '{name}' must end in its core type: '_{core}'.", field)
    _, ranges = CORE_TYPES[core]
    allowed = {"allOf", "title", "description", *ranges, *(("enum", "_enumProperties") if core == "enum" else ())}
    for key, value in definition.items():
        if key not in allowed:
            raise bad_request(f"Unrecognized field '{field}.{key}'.", f"{field}.{key}")
        if key in ranges:
            _check_limit(value, *ranges[key], f"{field}.{key}")
    _check_length(definition.get("title"), f"{field}.title", "FieldTitle")
    _check_length(definition.get("description") or "", f"{field}.description", "FieldDescription")
    options = definition.get("enum")
    if core == "enum" and not (
        isinstance(options, list) and options and all(isinstance(each, str) for each in options)
    ):
        raise bad_request(f"Property '{name}' needs a list of texts in 'enum'.", f"{field}.enum")


def _check_length(value: Any, field: str, what: str) -> None:
    low, high = LIMITS[f"min{what}Characters"], LIMITS[f"max{what}Characters"]
    if not isinstance(value, str) or not low <= len(value) <= high:
        raise bad_request(f"Field '{field}' must be a text of {low} to {high} characters.", field)


def _check_limit(value: Any, low: int, high: int, field: str) -> None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        raise bad_request(f"Field '{field}' must be a number from {low} to {high}.", field)


def value_fault(name: str, value: Any, definition: Record) -> str | None:
    """What is wrong with the value of a property, or None."""
    core = definition["allOf"][0]["$ref"].rsplit("/", 1)[1]
    json_type = CORE_TYPES[core][0]
    fits = {
        "string": isinstance(value, str),
        "integer": isinstance(value, int) and not isinstance(value, bool),
        "number": isinstance(value, int | float) and not isinstance(value, bool),
        "boolean": isinstance(value, bool),
        "array": isinstance(value, list) and all(isinstance(each, str) for each in value),
    }[json_type]
    if not fits:
        return f"Custom attribute '{name}' must be of type {json_type} (core type {core})."
    if json_type in ("string", "array"):
        unit = "Length" if json_type == "string" else "Items"
        low = definition.get(f"min{unit}", 0)
        high = definition.get(f"max{unit}", CORE_TYPES[core][1].get(f"max{unit}", (0, 1000))[1])
        if not low <= len(value) <= high:
            return f"The length of custom attribute '{name}' must be from {low} to {high}."
    if json_type in ("integer", "number"):
        low = definition.get("minimum", CORE_TYPES[core][1]["minimum"][0])
        high = definition.get("maximum", CORE_TYPES[core][1]["maximum"][1])
        if not low <= value <= high:
            return f"Custom attribute '{name}' must be from {low} to {high}."
    if core == "enum" and value not in definition["enum"]:
        return f"Custom attribute '{name}' must be one of {', '.join(definition['enum'])}."
    return _date_fault(name, value, core)


def _date_fault(name: str, value: Any, core: str) -> str | None:
    try:
        if core == "date":
            date.fromisoformat(value)
        elif core == "datetime":
            instant(value, name)
    except (ValueError, ApiError):
        return f"Custom attribute '{name}' must be an ISO 8601 {core}."
    return None
