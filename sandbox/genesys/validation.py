"""Checks request bodies and query parameters: an unknown field or a wrong type is a 400, never ignored.

A shape is written as plain Python: `str`, `int`, `float` (any number), `bool`, `object` (anything), a tuple
of the texts allowed, `[shape]` for a list, `{"field": shape}` for an object, `Map(shape)` for an object with
free keys.
"""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from starlette.requests import Request

from sandbox.genesys.errors import ApiError, bad_request

_INSTANT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:?\d{2})?")


@dataclass(frozen=True)
class Map:
    """An object whose keys are free and whose values all have one shape."""

    values: Any


def check(value: Any, shape: Any, field: str) -> None:
    """Raise a 400 that names `field` (a path such as `paging.pageSize`) where `value` does not fit `shape`.

    A JSON null stands for an absent field and fits every shape.
    """
    if value is None or shape is object:
        return
    if isinstance(shape, dict):
        _require(isinstance(value, dict), field, "an object")
        for name, inner in value.items():
            path = f"{field}.{name}" if field else name
            if name not in shape:
                raise bad_request(f"Unrecognized field '{path}'.", path)
            check(inner, shape[name], path)
    elif isinstance(shape, list):
        _require(isinstance(value, list), field, "a list")
        for position, inner in enumerate(value):
            _require(inner is not None, f"{field}[{position}]", "a value")
            check(inner, shape[0], f"{field}[{position}]")
    elif isinstance(shape, Map):
        _require(isinstance(value, dict), field, "an object")
        for name, inner in value.items():
            check(inner, shape.values, f"{field}.{name}")
    elif isinstance(shape, tuple):
        if value not in shape:
            allowed = ", ".join(shape)
            raise ApiError(
                400,
                "invalid.value",
                f"Value [{value}] is not valid for field [{field}]. Allowable values are: {allowed}",
                field=field,
            )
    else:
        _check_plain(value, shape, field)


def _check_plain(value: Any, shape: type, field: str) -> None:
    names = {str: "a string", int: "an integer", float: "a number", bool: "a boolean"}
    if shape is bool or isinstance(value, bool):
        fits = shape is bool and isinstance(value, bool)
    else:
        fits = isinstance(value, int | float) if shape is float else isinstance(value, shape)
    _require(fits, field, names[shape])


def _require(fits: bool, field: str, wanted: str) -> None:
    if not fits:
        raise bad_request(f"Field '{field or 'body'}' must be {wanted}.", field or "body")


def _refuse(text: str) -> float:
    raise ValueError(f"{text} is not JSON")


def _finite(text: str) -> float:
    number = float(text)
    return number if math.isfinite(number) else _refuse(text)


async def json_body(request: Request, shape: Any) -> Any:
    """The request's JSON body, checked against `shape`; 415 for another content type, 400 for no JSON."""
    content_type = request.headers.get("content-type", "").split(";")[0].strip().lower()
    if content_type != "application/json":
        raise ApiError(
            415,
            "unsupported.media.type",
            "Unsupported Media Type - Unsupported or incorrect media type, "
            "such as an incorrect Content-Type value in the header.",
        )
    try:
        body = json.loads(await request.body(), parse_constant=_refuse, parse_float=_finite)
        json.dumps(body, ensure_ascii=False).encode()  # a lone surrogate is no text
    except (ValueError, RecursionError) as error:
        raise bad_request("The request could not be understood by the server due to malformed syntax.") from error
    _require(body is not None, "", "present")
    check(body, shape, "")
    return body


def query_parameters(request: Request, shapes: dict[str, Any]) -> dict[str, Any]:
    """The query string as Python values, by `shapes` (`int`, `bool`, `str`, a tuple, or a list of one of these).

    A list parameter may be repeated or comma-separated, as the SDKs write it. An unknown name or a value of
    the wrong type is a 400.
    """
    values: dict[str, Any] = {}
    for name in request.query_params:
        if name not in shapes:
            raise bad_request(f"Unrecognized query parameter '{name}'.", name)
        shape = shapes[name]
        texts = request.query_params.getlist(name)
        if isinstance(shape, list):
            parts = [part for text in texts for part in text.split(",") if part]
            values[name] = [_parameter(part, shape[0], name) for part in parts]
        else:
            values[name] = _parameter(texts[-1], shape, name)
    return values


def _parameter(text: str, shape: Any, name: str) -> Any:
    if shape is int:
        if not re.fullmatch(r"-?\d{1,9}", text):
            raise bad_request(f"Query parameter '{name}' must be an integer.", name)
        return int(text)
    if shape is bool:
        if text.lower() not in ("true", "false"):
            raise bad_request(f"Query parameter '{name}' must be true or false.", name)
        return text.lower() == "true"
    if isinstance(shape, tuple):
        check(text, shape, name)
    return text


def instant(text: str, field: str) -> datetime:
    """An ISO 8601 instant as UTC; without an offset it is UTC already."""
    if _INSTANT.fullmatch(text):
        try:
            moment = datetime.fromisoformat(text)
            return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
        except (ValueError, OverflowError):
            pass  # the sentence below says what is wanted
    raise ApiError(
        400,
        "invalid.date",
        f"Dates must be specified as ISO-8601 strings. For example: yyyy-MM-ddTHH:mm:ss.SSSZ ({field}: {text})",
        field=field,
    )


def iso(moment: datetime) -> str:
    """An instant as Genesys writes it: UTC with milliseconds and Z."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
