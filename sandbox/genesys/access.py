"""Who may do what: client credentials, bearer tokens, permissions by name, and the rate limit."""

from __future__ import annotations

import base64
import binascii
import math
import secrets
import time
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.genesys.errors import ApiError, error_response
from sandbox.genesys.state import GenesysState, Token
from sandbox.genesys.validation import query_parameters

SECRET = "sandbox-secret"
ANALYTICS_VIEW = "analytics:conversationDetail:view"
# None: every permission there is.
CLIENTS: dict[str, frozenset[str] | None] = {
    "sandbox-client": None,
    "sandbox-weak": frozenset({ANALYTICS_VIEW}),
}

Handler = Callable[[GenesysState, Request, dict[str, Any]], Awaitable[Response]]


def route(
    state: GenesysState,
    method: str,
    path: str,
    handler: Handler,
    permission: str | None,
    query: dict[str, Any] | None = None,
) -> Route:
    """A route that checks token, rate limit, permission and query parameters before its handler runs.

    The handler gets the state, the request, and the query parameters as Python values.
    """

    async def endpoint(request: Request) -> Response:
        try:
            client_id = authenticate(state, request)
            limit = count_request(state, client_id)
            permit(client_id, permission)
            response = await handler(state, request, query_parameters(request, query or {}))
        except ApiError as error:
            return error_response(error)
        response.headers.update(limit)
        return response

    return Route(path, endpoint, methods=[method])


def authenticate(state: GenesysState, request: Request) -> str:
    """The client that the bearer token stands for, or 401."""
    scheme, _, text = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not text.strip():
        raise ApiError(
            401,
            "authentication.required",
            "No authentication bearer token specified in authorization header.",
        )
    token = state.live_token(text.strip())
    if token is None:
        raise ApiError(401, "bad.credentials", "Invalid login credentials.")
    return token.client_id


def permit(client_id: str, permission: str | None) -> None:
    """403 naming the permission that the client lacks; None is allowed to every client."""
    held = CLIENTS[client_id]
    if permission is not None and held is not None and permission not in held:
        raise ApiError(
            403,
            "missing.any.permissions",
            "Unable to perform the requested action. "
            f"You must have at least one of the following permissions assigned: [{permission}]",
            params={"permissions": f"[{permission}]"},
        )


def count_request(state: GenesysState, client_id: str) -> dict[str, str]:
    """Count one request of a client in its window; the headers that say so, or 429 with Retry-After."""
    now = time.monotonic()
    began, count = state.windows.get(client_id, (now, 0))
    if now - began >= state.rate_window_seconds:
        began, count = now, 0
    reset = math.ceil(began + state.rate_window_seconds - now)
    headers = {"inin-ratelimit-allowed": str(state.rate_limit), "inin-ratelimit-reset": str(reset)}
    if count >= state.rate_limit:
        state.windows[client_id] = (began, count)
        limit, seconds = str(state.rate_limit), f"{state.rate_window_seconds:g}"
        raise ApiError(
            429,
            "too.many.requests",
            f"Rate limit exceeded the maximum [{limit}] requests within [{seconds}] seconds",
            params={"limit": limit, "seconds": seconds},
            headers={**headers, "inin-ratelimit-count": limit, "Retry-After": str(reset)},
        )
    state.windows[client_id] = (began, count + 1)
    return {**headers, "inin-ratelimit-count": str(count + 1)}


def token_route(state: GenesysState) -> Route:
    """POST /oauth/token: the client credentials grant, by HTTP Basic or in the form."""

    async def endpoint(request: Request) -> Response:
        content_type = request.headers.get("content-type", "").split(";")[0].strip().lower()
        form: dict[str, str] = {}
        if content_type == "application/x-www-form-urlencoded":
            form = dict(parse_qsl((await request.body()).decode("utf-8", "replace")))
        client_id, secret = _credentials(request, form)
        known = client_id in CLIENTS and secrets.compare_digest(secret.encode(), SECRET.encode())
        if not known:
            return _oauth_error(401, "invalid_client", "client not found or client secret is invalid")
        if form.get("grant_type") != "client_credentials":
            return _oauth_error(400, "unsupported_grant_type", "grant_type must be client_credentials")
        text = secrets.token_urlsafe(48)
        state.tokens[text] = Token(client_id, time.monotonic() + state.token_seconds)
        return JSONResponse(
            {"access_token": text, "token_type": "bearer", "expires_in": state.token_seconds},
            headers={"Cache-Control": "no-store"},
        )

    return Route("/oauth/token", endpoint, methods=["POST"])


def _credentials(request: Request, form: dict[str, str]) -> tuple[str, str]:
    scheme, _, encoded = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "basic":
        try:
            client_id, _, secret = base64.b64decode(encoded.strip(), validate=True).decode().partition(":")
        except (binascii.Error, ValueError):
            return "", ""
        return client_id, secret
    return form.get("client_id", ""), form.get("client_secret", "")


def _oauth_error(status: int, error: str, description: str) -> JSONResponse:
    body = {"error": error, "description": description, "error_description": description}
    return JSONResponse(body, status_code=status)
