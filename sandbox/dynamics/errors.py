"""Dataverse's refusals, with the codes and words that it uses."""

from __future__ import annotations

from typing import Any


class ApiError(Exception):
    """One refusal of the Web API: HTTP status, and the ``code`` and ``message`` of the body's ``error``."""

    def __init__(self, status: int, code: str, message: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.headers = headers or {}
        self.body: dict[str, Any] = {"error": {"code": code, "message": message}}


def bad_request(message: str, code: str = "0x80060888") -> ApiError:
    """A query that Dataverse does not take."""
    return ApiError(400, code, message)


def no_such_property(name: str, table: str) -> ApiError:
    """A column that the table lacks."""
    return bad_request(f"Could not find a property named '{name}' on type 'Microsoft.Dynamics.CRM.{table}'.")


def no_such_segment(name: str) -> ApiError:
    """A path that leads nowhere."""
    return ApiError(404, "0x8006088a", f"Resource not found for the segment '{name}'.")


def no_such_record(table: str, identifier: str) -> ApiError:
    """An id that no row has."""
    return ApiError(404, "0x80040217", f"Entity '{table}' With Id = {identifier} Does Not Exist")


def missing_privilege(privilege: str, table: str, user: str) -> ApiError:
    """A table that the application user's roles do not let it read."""
    return ApiError(
        403,
        "0x80040220",
        f"Principal user (Id={user}, type=8, roleCount=1, privilegeCount=12, accessMode='4 Non-interactive') is "
        f"missing {privilege} privilege on OTC=0 for entity '{table}'. context.Caller={user}",
    )


def expired_version() -> ApiError:
    """A delta link from before the time that Dataverse remembers changes of (ExpiredVersionStamp)."""
    return ApiError(
        400, "0x80044352", "Version stamp associated with the client has expired. Please perform a full sync."
    )


def unauthorized() -> ApiError:
    """No token, or one that is not known or has run out."""
    return ApiError(401, "0x80048306", "The access token is missing, invalid or has expired.")


def too_many_requests(seconds: int) -> ApiError:
    """The service protection limit of requests in five minutes."""
    return ApiError(
        429,
        "0x80072322",
        "Number of requests exceeded the limit of 6000 over time window of 300 seconds.",
        {"Retry-After": str(seconds)},
    )
