"""Who may come in: clients, their tokens and what each of them sees of the org."""

from __future__ import annotations

import base64
import hashlib
import time
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl

from sandbox.salesforce.errors import invalid_session
from sandbox.salesforce.metadata import SObject

SECRET = "sandbox-secret"
# What each connected app's user may not read: Salesforce then behaves as if the object were not there.
HIDDEN_OBJECTS = {
    "sandbox-client": frozenset[str](),
    "sandbox-weak": frozenset({"Opportunity", "OpportunityHistory", "OpportunityContactRole"}),
}
ORGANIZATION_ID = "00D000000000001EAA"
USER_ID = "005000000000001AAA"


class LoginError(Exception):
    """A refused token request, with OAuth's own kind of body."""

    def __init__(self, error: str, description: str) -> None:
        super().__init__(description)
        self.status = 400
        self.body = {"error": error, "error_description": description}


@dataclass(frozen=True)
class Session:
    """One token: whose it is and when (seconds of the monotonic clock) it runs out."""

    client_id: str
    expires: float


class Sessions:
    """The tokens given out so far."""

    def __init__(self, token_seconds: float) -> None:
        self.token_seconds = token_seconds
        self.open: dict[str, Session] = {}

    def login(self, body: bytes, authorization: str, instance_url: str) -> dict[str, str]:
        """The answer to a token request with this form body; raises LoginError."""
        form = dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
        client_id, secret = form.get("client_id", ""), form.get("client_secret", "")
        if authorization.lower().startswith("basic "):
            client_id, secret = basic_credentials(authorization)
        if "grant_type" not in form:
            raise LoginError("invalid_request", "missing required parameters: grant_type")
        if form["grant_type"] != "client_credentials":
            raise LoginError("unsupported_grant_type", "grant type not supported")
        if client_id not in HIDDEN_OBJECTS:
            raise LoginError("invalid_client_id", "client identifier invalid")
        if secret != SECRET:
            raise LoginError("invalid_client", "invalid client credentials")
        issued_at = str(int(time.time() * 1000))
        digest = hashlib.sha256(f"{client_id} {len(self.open)} {issued_at}".encode()).digest()
        text = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        token = f"{ORGANIZATION_ID[:15]}!{text}"
        self.open[token] = Session(client_id, time.monotonic() + self.token_seconds)
        return {
            "access_token": token,
            "signature": base64.b64encode(digest).decode(),
            "scope": "api",
            "instance_url": instance_url,
            "id": f"{instance_url}/id/{ORGANIZATION_ID}/{USER_ID}",
            "token_type": "Bearer",
            "issued_at": issued_at,
        }

    def visible(self, authorization: str, objects: Mapping[str, SObject]) -> dict[str, SObject]:
        """The objects that the bearer may read; raises 401 INVALID_SESSION_ID."""
        scheme, _, token = authorization.partition(" ")
        session = self.open.get(token.strip())
        if scheme.lower() not in ("bearer", "oauth") or session is None or session.expires < time.monotonic():
            raise invalid_session()
        hidden = HIDDEN_OBJECTS[session.client_id]
        return {name: entity for name, entity in objects.items() if name not in hidden}


def basic_credentials(authorization: str) -> tuple[str, str]:
    """Client id and secret of an HTTP Basic header; blank where it is none."""
    try:
        text = base64.b64decode(authorization.split(" ", 1)[1], validate=True).decode()
    except ValueError:
        return "", ""
    client_id, _, secret = text.partition(":")
    return client_id, secret
