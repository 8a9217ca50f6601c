"""One conversion as a sender says it: the JSON Schema that is published is the one that events are held to."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import ValidationError

from ingestion.webhook.signature import SIGNATURE_HEADER, TIMESTAMP_HEADER, TOLERANCE

BODY_BYTES = 65_536
# A character that is no control character, at least one of them no blank.
FILLED = r"^(?=.*\S)[^\u0000-\u001f\u007f]+$"
# RFC 3339: date, time and offset. JSON Schema's own date-time, spelled out for those who do not check formats.
INSTANT = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?([Zz]|[+-][0-9]{2}:[0-9]{2})$"


def _text(description: str, longest: int = 255) -> dict[str, Any]:
    return {"type": "string", "maxLength": longest, "pattern": FILLED, "description": description}


EVENT_SCHEMA: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "Conversion",
    "type": "object",
    "required": ["event_id", "lead_id", "converted_at"],
    "additionalProperties": False,
    "properties": {
        "event_id": _text(
            "Id of this event, the sender's own. Sent again with the same content it changes nothing; with another "
            "content it is refused. Hold no personal data in it.",
            200,
        ),
        "lead_id": _text("Lead that converted, as the CRM and the conversations name it."),
        "converted_at": {
            "type": "string",
            "format": "date-time",
            "pattern": INSTANT,
            "description": "When it converted, with the offset from UTC.",
        },
        "conversion_id": _text(
            "Id of the CRM's record of this conversion (opportunity or lead). Of several events with one id the last "
            "that came counts."
        ),
        "conversion_value": {
            "type": "number",
            "exclusiveMinimum": -(10**14),
            "exclusiveMaximum": 10**14,
            "description": "Value in currency, below 0 for a refund; counts only where no record of the CRM has one.",
        },
        "currency": {
            "type": "string",
            "pattern": "^[A-Z]{3}$",
            "description": "ISO 4217 code of the value; without it the reporting currency.",
        },
        "conversion_type": _text("What kind of conversion it is; without it, conversion."),
        "campaign_id": _text("The sender's own idea of the campaign; takes no part in the credit."),
    },
}


class Invalid(Exception):
    """An event that is none: ``pointer`` (RFC 6901) says where in the body, ``message`` what is wrong there."""

    def __init__(self, pointer: str, message: str) -> None:
        super().__init__(f"{pointer or 'the body'}: {message}")
        self.pointer = pointer
        self.message = message


def instant(text: str) -> datetime:
    """An RFC 3339 instant in UTC, to the microsecond. Raises ValueError for a day or an hour that there is not."""
    read = datetime.fromisoformat(re.sub(r"(\.[0-9]{6})[0-9]+", r"\1", text.upper()))
    try:
        return read.astimezone(UTC)
    except OverflowError as error:
        raise ValueError("it lies before the year 1 or after 9999 in UTC") from error


_formats = FormatChecker(formats=())


@_formats.checks("date-time", raises=ValueError)
def _is_instant(value: object) -> bool:
    return not isinstance(value, str) or bool(instant(value))


_VALIDATOR = Draft202012Validator(EVENT_SCHEMA, format_checker=_formats)


def read_event(body: bytes) -> dict[str, Any]:
    """The event in a request's body. Raises Invalid for the first thing wrong with it, in the order of the schema."""
    try:
        found = json.loads(
            body.decode("utf-8"),
            parse_float=Decimal,
            parse_constant=_refuse_constant,
            object_pairs_hook=_refuse_doubles,
        )
    except Invalid:
        raise
    except UnicodeDecodeError as error:
        raise Invalid("", f"no UTF-8 at byte {error.start}") from None
    except json.JSONDecodeError as error:
        raise Invalid("", f"no JSON: {error.msg} at line {error.lineno} column {error.colno}") from None
    except (RecursionError, ValueError):
        raise Invalid("", "no JSON that can be read: nested too deeply, or a number too long") from None
    errors = sorted(_VALIDATOR.iter_errors(found), key=_order)
    if errors:
        raise _invalid(errors[0])
    for name, value in found.items():
        # A lone surrogate is a legal escape in JSON and no text.
        if isinstance(value, str) and not _is_text(value):
            raise Invalid(f"/{name}", "holds half of a surrogate pair, which is no character")
    return found


def content(event: dict[str, Any]) -> str:
    """The event as one JSON text that is the same for the same content, however it was written."""
    plain = {
        name: format(value.normalize(), "f") if isinstance(value, Decimal) else value for name, value in event.items()
    }
    if "conversion_value" in plain:
        plain["conversion_value"] = str(plain["conversion_value"])
    return json.dumps(plain, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def _refuse_constant(name: str) -> Any:
    raise Invalid("", f"no JSON: {name} is no number of JSON's")


def _refuse_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise Invalid(_pointer(name), "is there twice")
        found[name] = value
    return found


def _is_text(value: str) -> bool:
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _order(error: ValidationError) -> tuple[int, int]:
    names = list(EVENT_SCHEMA["properties"])
    field = str(error.absolute_path[0]) if error.absolute_path else ""
    return (names.index(field) if field in names else len(names), len(error.absolute_path))


def _pointer(*parts: Any) -> str:
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in parts)


def _invalid(error: ValidationError) -> Invalid:
    """jsonschema's error with a pointer to the field itself, and without the value, which may be personal data."""
    path = list(error.absolute_path)
    if error.validator == "required":
        missing = next(name for name in error.validator_value if name not in error.instance)
        return Invalid(_pointer(*path, missing), "is missing")
    if error.validator == "additionalProperties":
        unknown = next(name for name in error.instance if name not in EVENT_SCHEMA["properties"])
        known = ", ".join(EVENT_SCHEMA["properties"])
        return Invalid(_pointer(*path, unknown), f"is no field of an event; those are {known}")
    said = {
        "type": f"has to be of type {error.validator_value}",
        "maxLength": f"is longer than {error.validator_value} characters",
        "format": "is no instant: such a day or time does not exist",
        "exclusiveMinimum": f"has to be greater than {error.validator_value}",
        "exclusiveMaximum": f"has to be less than {error.validator_value}",
    }
    if error.validator == "pattern":
        patterns = {
            FILLED: "is blank, or holds a control character",
            INSTANT: "has to be an RFC 3339 instant with its offset, such as 2026-01-31T14:05:00Z",
        }
        return Invalid(_pointer(*path), patterns.get(error.validator_value, "has to be a code such as USD"))
    return Invalid(_pointer(*path), said[str(error.validator)])


def _answer(description: str, schema: str = "Error") -> dict[str, Any]:
    return {
        "description": description,
        "content": {"application/json": {"schema": {"$ref": f"#/components/schemas/{schema}"}}},
    }


def openapi() -> dict[str, Any]:
    """The webhook as OpenAPI 3.1 has it, whose schemas are JSON Schema of the same draft."""
    header = {"in": "header", "required": True, "schema": {"type": "string"}}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Outbound Attribution: conversions", "version": "1"},
        "paths": {
            "/conversions": {
                "post": {
                    "summary": "One conversion, the moment that it happens",
                    "parameters": [
                        {
                            "name": TIMESTAMP_HEADER,
                            "description": f"Seconds since 1970 (UTC), at most {TOLERANCE} from the server's clock.",
                            **header,
                        },
                        {
                            "name": SIGNATURE_HEADER,
                            "description": "sha256= and the hexadecimal HMAC-SHA256 of timestamp, full stop and body.",
                            **header,
                        },
                    ],
                    "requestBody": {
                        "required": True,
                        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Conversion"}}},
                    },
                    "responses": {
                        "202": _answer("The event is on disk, now or since an earlier request.", "Accepted"),
                        "400": _answer("The body is no event; `pointer` says where."),
                        "401": _answer("Not signed, signed otherwise, stale, or signed for a request before."),
                        "409": _answer("There is an event of this id with another content."),
                        "413": _answer(f"The body is longer than {BODY_BYTES} bytes."),
                        "429": _answer("Too much at once: send it again after Retry-After seconds."),
                        "431": _answer("The headers are too long."),
                        "503": _answer("The event could not be kept: send it again after Retry-After seconds."),
                    },
                }
            }
        },
        "components": {
            "schemas": {
                "Conversion": {name: value for name, value in EVENT_SCHEMA.items() if name != "$schema"},
                "Accepted": {
                    "type": "object",
                    "required": ["event_id", "status"],
                    "properties": {
                        "event_id": {"type": "string"},
                        "status": {"enum": ["accepted", "known"], "description": "known: it was there already."},
                    },
                },
                "Error": {
                    "type": "object",
                    "required": ["error", "message"],
                    "properties": {
                        "error": {"type": "string", "description": "A word for programs."},
                        "message": {"type": "string", "description": "A sentence for people."},
                        "pointer": {"type": "string", "description": "JSON pointer (RFC 6901) to the field."},
                    },
                },
            }
        },
    }
