"""The stand-ins as one ASGI app: Genesys Cloud, Salesforce, Dynamics 365, and what tests ask of the sandbox itself."""

from __future__ import annotations

from datetime import datetime

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox import dynamics, genesys, salesforce
from sandbox.faults import FaultInjector
from sandbox.genesys.errors import ApiError, error_response
from sandbox.org import Org

CODES = {404: "not.found", 405: "method.not.allowed"}


def create_app(
    org: Org,
    *,
    rate_limit: int = 300,
    faults: int | None = None,
    availability: datetime | None = None,
    token_seconds: int = 86400,
) -> Starlette:
    """The sandbox as an ASGI app; `app.state.genesys`, `.salesforce` and `.dynamics` are the orgs' states.

    `rate_limit` counts requests a minute and client; `faults` is the seed of the injected faults (None:
    none); `availability` is the instant up to which details jobs see data (default: just after the last
    conversation).
    """
    state = genesys.GenesysState.of(org, rate_limit=rate_limit, token_seconds=token_seconds, availability=availability)
    crm = salesforce.Api(org, salesforce.OBJECTS, salesforce.Sessions(token_seconds))
    dataverse = dynamics.DynamicsState(org)
    routes = [
        *genesys.routes(state),
        *crm.routes(),
        *dynamics.routes(dataverse, token_seconds=token_seconds),
        *_own_routes(org, state),
    ]
    middleware = [] if faults is None else [Middleware(FaultInjector, seed=faults)]
    app = Starlette(
        routes=routes,
        middleware=middleware,
        exception_handlers={HTTPException: _http_error, Exception: _unexpected},
    )
    app.router.redirect_slashes = False
    app.state.genesys = state
    app.state.salesforce = crm
    app.state.dynamics = dataverse
    return app


def _own_routes(org: Org, state: genesys.GenesysState) -> list[Route]:
    async def truth(request: Request) -> Response:
        return JSONResponse(org.truth)

    async def journal(request: Request) -> Response:
        return JSONResponse(state.journal)

    async def custom_attributes(request: Request) -> Response:
        return JSONResponse(
            [
                {"conversationId": conversation, "id": record, "customAttributes": held["customAttributes"]}
                for conversation, records in sorted(state.attributes.items())
                for record, held in sorted(records.items())
            ]
        )

    return [
        Route("/_sandbox/truth", truth),
        Route("/_sandbox/journal", journal),
        Route("/_sandbox/custom_attributes", custom_attributes),
    ]


async def _http_error(request: Request, error: Exception) -> Response:
    """An unknown path or a wrong verb, in the words of the system that the path belongs to."""
    assert isinstance(error, HTTPException)
    if request.url.path.startswith("/services/"):
        code = {404: "NOT_FOUND", 405: "METHOD_NOT_ALLOWED"}.get(error.status_code, "UNKNOWN_EXCEPTION")
        return JSONResponse(
            [{"message": f"{error.detail}: {request.method} {request.url.path}", "errorCode": code}],
            status_code=error.status_code,
            headers=error.headers,
        )
    if request.url.path.startswith("/api/data/"):
        return _dataverse_error(error.status_code, f"{error.detail}: {request.method} {request.url.path}")
    code = CODES.get(error.status_code, "bad.request")
    message = f"{error.detail}: {request.method} {request.url.path}"
    return error_response(ApiError(error.status_code, code, message, headers=dict(error.headers or {})))


async def _unexpected(request: Request, error: Exception) -> Response:
    """A fault of the sandbox itself still answers in the form that the client can read."""
    if request.url.path.startswith("/services/"):
        body = [{"message": f"{type(error).__name__}: {error}", "errorCode": "UNKNOWN_EXCEPTION"}]
        return JSONResponse(body, status_code=500)
    if request.url.path.startswith("/api/data/"):
        return _dataverse_error(500, f"{type(error).__name__}: {error}")
    message = f"The server encountered an unexpected condition: {type(error).__name__}: {error}"
    return error_response(ApiError(500, "internal.server.error", message))


def _dataverse_error(status: int, message: str) -> Response:
    return JSONResponse({"error": {"code": "0x80040216", "message": message}}, status_code=status)
