"""Salesforce's refusals, with the codes and words that it uses."""

from __future__ import annotations


class ApiError(Exception):
    """One refusal of the REST API: its HTTP status, and the ``errorCode`` and ``message`` of the body."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message

    @property
    def body(self) -> list[dict[str, str]]:
        """The body: a list of one, as Salesforce answers for everything but the token."""
        return [{"message": self.message, "errorCode": self.code}]


class QueryError(ApiError):
    """A query that Salesforce would not run (HTTP 400)."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(400, code, message)


def malformed_query(message: str, soql: str = "", position: int | None = None) -> QueryError:
    """MALFORMED_QUERY, with the marker that shows where, if ``position`` (an index into ``soql``) is given."""
    return QueryError("MALFORMED_QUERY", located(message, soql, position))


def no_such_column(name: str, entity: str, soql: str = "", position: int | None = None) -> QueryError:
    """INVALID_FIELD for a field that the object lacks."""
    return QueryError(
        "INVALID_FIELD",
        located(
            f"No such column '{name}' on entity '{entity}'. If you are attempting to use a custom field, be sure "
            "to append the '__c' after the custom field name. Please reference your WSDL or the describe call "
            "for the appropriate names.",
            soql,
            position,
        ),
    )


def no_such_object(name: str, soql: str = "", position: int | None = None) -> QueryError:
    """INVALID_TYPE for an object that the org lacks or that this user may not see: Salesforce tells neither apart."""
    return QueryError(
        "INVALID_TYPE",
        located(
            f"sObject type '{name}' is not supported. If you are attempting to use a custom object, be sure to "
            "append the '__c' after the entity name. Please reference your WSDL or the describe call for the "
            "appropriate names.",
            soql,
            position,
        ),
    )


def located(message: str, soql: str, position: int | None) -> str:
    """The message under the piece of the query that it is about."""
    if position is None:
        return message
    start, end = max(0, position - 30), position + 30
    row = soql.count("\n", 0, position) + 1
    column = position - soql.rfind("\n", 0, position)
    return f"\n{soql[start:end]}\n{' ' * (position - start)}^\nERROR at Row:{row}:Column:{column}\n{message}"


def not_found() -> ApiError:
    """A path or an object that is not there."""
    return ApiError(404, "NOT_FOUND", "The requested resource does not exist")


def method_not_allowed(method: str, allowed: tuple[str, ...]) -> ApiError:
    """A verb that the path does not take."""
    return ApiError(
        405,
        "METHOD_NOT_ALLOWED",
        f"HTTP Method '{method}' not allowed. Allowed are {','.join(sorted(allowed))}",
    )


def invalid_session() -> ApiError:
    """No token, or one that is not known or has run out."""
    return ApiError(401, "INVALID_SESSION_ID", "Session expired or invalid")


def invalid_locator() -> ApiError:
    """A query locator that was never given out, or has been dropped since."""
    return ApiError(400, "INVALID_QUERY_LOCATOR", "invalid query locator")
