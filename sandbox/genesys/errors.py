"""The error body of the Genesys Cloud API, and the exception that becomes one."""

from __future__ import annotations

import itertools
from typing import Any
from uuid import UUID, uuid5

from starlette.responses import JSONResponse

_CONTEXT_NAMESPACE = UUID("6f1c3a52-5d0e-4d3b-8f0e-2a1f7f4c9b10")
_context_numbers = itertools.count(1)


class ApiError(Exception):
    """An answer other than 2xx.

    `field` names the offending field or parameter and goes into `details`; `params` are the values that the
    message was filled with (`messageParams`).
    """

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        *,
        field: str | None = None,
        params: dict[str, str] | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.field = field
        self.params = params or {}
        self.headers = headers or {}


def bad_request(message: str, field: str | None = None) -> ApiError:
    """400 with the code that Genesys uses for a body or parameter it cannot accept."""
    return ApiError(400, "bad.request", message, field=field)


def not_found(what: str, identifier: str) -> ApiError:
    """404 for an id that the org does not have."""
    return ApiError(404, "not.found", f"The requested resource was not found: {what} {identifier}.")


def error_body(error: ApiError) -> dict[str, Any]:
    """The JSON of an error, with the fields of the SDK's ErrorBody."""
    details = [{"errorCode": error.code, "fieldName": error.field}] if error.field else []
    return {
        "message": error.message,
        "code": error.code,
        "status": error.status,
        "messageParams": error.params,
        "contextId": str(uuid5(_CONTEXT_NAMESPACE, str(next(_context_numbers)))),
        "details": details,
        "errors": [],
    }


def error_response(error: ApiError) -> JSONResponse:
    """The error as an HTTP answer."""
    return JSONResponse(error_body(error), status_code=error.status, headers=error.headers)
