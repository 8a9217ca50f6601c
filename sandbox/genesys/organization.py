"""The organization, the token in use, and the OAuth client behind it."""

from __future__ import annotations

from datetime import UTC, datetime, time
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.genesys.access import CLIENTS, authenticate, route
from sandbox.genesys.errors import not_found
from sandbox.genesys.state import GenesysState
from sandbox.genesys.validation import iso


def routes(state: GenesysState) -> list[Route]:
    """Routes of organization, token and client."""
    return [
        route(state, "GET", "/api/v2/organizations/me", organization, None),
        route(state, "GET", "/api/v2/tokens/me", token, None, {"preserveIdleTTL": bool}),
        route(state, "GET", "/api/v2/oauth/clients/{client_id}", client, "oauth:client:view"),
    ]


async def organization(state: GenesysState, request: Request, query: dict[str, Any]) -> Response:
    """The organization."""
    return JSONResponse(state.org.organization)


async def token(state: GenesysState, request: Request, query: dict[str, Any]) -> Response:
    """What the bearer token stands for."""
    named = {"id": state.org.organization["id"], "name": state.org.organization["name"]}
    client_id = authenticate(state, request)
    return JSONResponse(
        {
            "organization": named,
            "homeOrganization": named,
            "authorizedScope": [],
            "OAuthClient": {
                "id": client_id,
                "name": client_id,
                "authorizedGrantType": "CLIENT-CREDENTIALS",
                "scope": [],
                "state": "active",
                "organization": named,
            },
        }
    )


async def client(state: GenesysState, request: Request, query: dict[str, Any]) -> Response:
    """One OAuth client, without its secret."""
    client_id = request.path_params["client_id"]
    if client_id not in CLIENTS:
        raise not_found("OAuth client", client_id)
    return JSONResponse(
        {
            "id": client_id,
            "name": client_id,
            "accessTokenValiditySeconds": state.token_seconds,
            "registeredRedirectUri": [],
            "dateCreated": iso(datetime.combine(state.org.as_of, time(), UTC)),
            "authorizedGrantType": "CLIENT-CREDENTIALS",
            "scope": [],
            "state": "active",
            "selfUri": f"/api/v2/oauth/clients/{client_id}",
        }
    )
