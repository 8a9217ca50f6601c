"""Who may come in: tokens of the Entra ID tenant, and which privileges each application user has."""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from sandbox.dynamics.errors import unauthorized

TENANT = "5a9db0c0-0000-4000-8000-000000000001"
SECRET = "sandbox-secret"
# Application user's id by client, and the privileges that its roles lack.
USERS = {
    "sandbox-client": "5a9db0c0-0000-4000-8000-000000000002",
    "sandbox-weak": "5a9db0c0-0000-4000-8000-000000000003",
    "sandbox-narrow": "5a9db0c0-0000-4000-8000-000000000004",
}
LACKING = {"sandbox-weak": frozenset({"prvReadOpportunity"})}
# Users whose roles let them read their own rows alone, which change tracking refuses.
OWN_ROWS_ONLY = frozenset({"sandbox-narrow"})


class LoginError(Exception):
    """A refused token request, with Entra ID's own kind of body."""

    def __init__(self, status: int, error: str, code: str, description: str) -> None:
        super().__init__(description)
        self.status = status
        self.body: dict[str, Any] = {
            "error": error,
            "error_description": f"{code}: {description}",
            "error_codes": [int(code.removeprefix("AADSTS"))],
        }


@dataclass(frozen=True)
class Session:
    """One token: whose it is and when (seconds of the monotonic clock) it runs out."""

    client_id: str
    expires: float

    @property
    def user_id(self) -> str:
        return USERS[self.client_id]

    def may(self, privilege: str) -> bool:
        """Whether the user's roles have the privilege, at any depth."""
        return privilege not in LACKING.get(self.client_id, ())

    @property
    def reads_all_rows(self) -> bool:
        return self.client_id not in OWN_ROWS_ONLY


class Sessions:
    """The tokens given out so far."""

    def __init__(self, token_seconds: float) -> None:
        self.token_seconds = token_seconds
        self.open: dict[str, Session] = {}

    def login(self, tenant: str, body: bytes, org_url: str) -> dict[str, Any]:
        """The answer to a client-credentials request with this form body; raises LoginError."""
        form = dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
        if tenant != TENANT:
            raise LoginError(400, "invalid_request", "AADSTS90002", f"Tenant '{tenant}' not found.")
        if form.get("grant_type") != "client_credentials":
            raise LoginError(400, "unsupported_grant_type", "AADSTS70003", "The grant type is not supported.")
        client_id = form.get("client_id", "")
        if client_id not in USERS:
            raise LoginError(
                400,
                "unauthorized_client",
                "AADSTS700016",
                f"Application with identifier '{client_id}' was not found in the directory.",
            )
        if form.get("client_secret") != SECRET:
            raise LoginError(401, "invalid_client", "AADSTS7000215", "Invalid client secret provided.")
        if form.get("scope") != f"{org_url}/.default":
            raise LoginError(
                400, "invalid_resource", "AADSTS500011", f"The resource principal {form.get('scope')} was not found."
            )
        text = hashlib.sha256(f"{client_id} {len(self.open)} {time.time_ns()}".encode()).hexdigest()
        self.open[text] = Session(client_id, time.monotonic() + self.token_seconds)
        seconds = int(self.token_seconds)
        return {"token_type": "Bearer", "expires_in": seconds, "ext_expires_in": seconds, "access_token": text}

    def of(self, authorization: str) -> Session:
        """The session of a bearer; raises 401."""
        scheme, _, token = authorization.partition(" ")
        session = self.open.get(token.strip())
        if scheme.lower() != "bearer" or session is None or session.expires < time.monotonic():
            raise unauthorized()
        return session
