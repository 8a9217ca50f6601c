"""Injected faults: what a client of any of the systems has to survive, chosen by seed.

A request is known by its method, path, query and body. The same request fails at most twice in a row, and so
does every write to one path, whatever its body: a client that tries a few times always gets through. What is
drawn for a request depends on the seed, the request and how often it came, not on time or order. The rare
kinds (a job that fails, a cursor refused, ...) strike once early on, so that every run meets them, and then
now and then.

A request that fails was not carried out, with two exceptions, in which the write has happened and only its answer is
lost: a cut connection, and a 500 that came too late.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import random
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sandbox.dynamics.errors import ApiError as DynamicsError
from sandbox.dynamics.errors import expired_version, too_many_requests, unauthorized
from sandbox.genesys.errors import ApiError, bad_request, error_body

MOST_IN_A_ROW = 2
SLOW_SECONDS = 0.3
# Share of requests that meet a general fault, by kind.
GENERAL = {"429": 0.03, "500": 0.02, "502": 0.02, "503": 0.02, "cut": 0.03, "slow": 0.02, "401": 0.01, "late": 0.02}
# How often a rare kind strikes after its first time, where it can.
RARE_AGAIN = 0.05
SALESFORCE_TOKEN = "/services/oauth2/token"
ENTRA_TOKEN = "/oauth2/v2.0/token"
TOKEN_PATHS = ("/oauth/token", SALESFORCE_TOKEN)
JOBS = "/api/v2/analytics/conversations/details/jobs"
# Kinds that the handlers of the Genesys stand-in carry out themselves: the scope's `fault` asks them to, and they
# set `fault_done`.
HANDLED = ("job_fails", "bulk_partial", "duplicate_page", "edit_fails")
# Answers that a client takes for a success.
HARMLESS = ("slow", "duplicate_page")


@dataclass
class Seen:
    """How often a request came, and how many of its last answers failed."""

    times: int = 0
    failures: int = 0


@dataclass
class RareKind:
    """When a rare kind strikes first: at its nth opportunity."""

    first_at: int
    opportunities: int = 0
    struck: bool = False


@dataclass
class Call:
    """One request, as far as faults depend on it."""

    method: str
    path: str
    query: dict[str, list[str]]
    key: str
    token: str
    keys: list[str] = field(default_factory=list)

    @property
    def is_salesforce(self) -> bool:
        return self.path.startswith("/services/")

    @property
    def is_dynamics(self) -> bool:
        return self.path.startswith("/api/data/") or self.path.endswith(ENTRA_TOKEN)

    @property
    def is_token_request(self) -> bool:
        return self.path in TOKEN_PATHS or self.path.endswith(ENTRA_TOKEN)


class FaultInjector:
    """ASGI middleware that makes some requests to the systems fail; /_sandbox never does."""

    def __init__(self, app: ASGIApp, seed: int) -> None:
        self.app = app
        self.seed = seed
        self.seen: dict[str, Seen] = {}
        self.dead_tokens: set[str] = set()
        self.injected: dict[str, int] = {}
        draw = random.Random(f"{seed}:rare")
        self.rare = {
            "job_fails": RareKind(draw.randint(1, 2)),
            "cursor_refused": RareKind(1),
            "duplicate_page": RareKind(draw.randint(1, 2)),
            "expired_mid_page": RareKind(1),
            "bulk_partial": RareKind(draw.randint(1, 4)),
            "delta_expired": RareKind(1),
            "edit_fails": RareKind(draw.randint(1, 2)),
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].startswith("/_sandbox"):
            await self.app(scope, receive, send)
            return
        body = await _read(receive)
        call = _call(scope, body)
        if call.token in self.dead_tokens:
            await _answer(send, *_expired(call))
            return
        kind = self._choose(call)
        if kind is not None:
            self.injected[kind] = self.injected.get(kind, 0) + 1
        await self._inject(kind, call, scope, body, send)

    async def _inject(self, kind: str | None, call: Call, scope: Scope, body: bytes, send: Send) -> None:
        if kind == "slow":
            await asyncio.sleep(SLOW_SECONDS)
        elif kind == "cut":
            await self._cut(scope, body, send)
            return
        elif kind == "late":
            await self.app(scope, _replay(body), _nowhere)
            await _answer(send, *_failure("500", call, ""))
            return
        elif kind in ("401", "expired_mid_page"):
            self.dead_tokens.add(call.token)
            await _answer(send, *_expired(call))
            return
        elif kind in HANDLED:
            await self._handled(kind, scope, body, send)
            return
        elif kind is not None:
            wait = str(random.Random(f"{self.seed}:{call.key}").randint(0, 1))
            await _answer(send, *_failure(kind, call, wait))
            return
        await self.app(scope, _replay(body), send)

    async def _handled(self, kind: str, scope: Scope, body: bytes, send: Send) -> None:
        """Let the handler carry the fault out; where it could not (an empty page), it is still to come."""
        scope["fault"] = kind
        await self.app(scope, _replay(body), send)
        if not scope.get("fault_done"):
            self.rare[kind].struck = False
            self.injected[kind] -= 1

    async def _cut(self, scope: Scope, body: bytes, send: Send) -> None:
        """Carry the request out, then send half of the answer and hang up."""
        messages: list[Message] = []

        async def keep(message: Message) -> None:
            messages.append(message)

        await self.app(scope, _replay(body), keep)
        content = b"".join(m.get("body", b"") for m in messages if m["type"] == "http.response.body")
        if len(content) < 2 or scope["method"] == "HEAD":
            for message in messages:
                await send(message)
            return
        await send(messages[0])
        await send({"type": "http.response.body", "body": content[: len(content) // 2], "more_body": True})
        # Returning with the body unfinished makes the server close the connection.

    def _choose(self, call: Call) -> str | None:
        """The fault of this request, or None; keeps the count of failures in a row."""
        seen = [self.seen.setdefault(key, Seen()) for key in call.keys]
        draw = random.Random(f"{self.seed}:{call.key}:{seen[0].times}")
        kind = None
        if all(each.failures < MOST_IN_A_ROW for each in seen):
            kind = self._rare(call, draw, seen[0]) or _general(call, draw)
        failed = kind is not None and kind not in HARMLESS
        for each in seen:
            each.times += 1
            each.failures = each.failures + 1 if failed else 0
        return kind

    def _rare(self, call: Call, draw: random.Random, seen: Seen) -> str | None:
        for name in _opportunities(call):
            if name == "expired_mid_page" and not call.token:
                continue
            rare = self.rare[name]
            if rare.struck:
                if draw.random() < RARE_AGAIN and seen.failures == 0:
                    return name
                continue
            rare.opportunities += 1
            if rare.opportunities >= rare.first_at:
                rare.struck = True
                return name
        return None


def _opportunities(call: Call) -> list[str]:
    """The rare kinds that this request could meet."""
    if call.method == "POST" and call.path == JOBS:
        return ["job_fails"]
    if call.method == "GET" and call.path.startswith(JOBS) and call.path.endswith("/results"):
        return [*(["expired_mid_page", "cursor_refused"] if "cursor" in call.query else []), "duplicate_page"]
    if call.method in ("PUT", "PATCH") and call.path.endswith("/customattributes/bulk"):
        return ["bulk_partial"]
    if call.is_dynamics and "$deltatoken" in call.query:
        return ["delta_expired"]
    if call.method == "POST" and call.path.endswith("/contacts/bulk/update"):
        return ["edit_fails"]
    later_page = call.query.get("pageNumber", ["1"]) != ["1"] or "/query/" in call.path or "$skiptoken" in call.query
    if call.method == "GET" and later_page:
        return ["expired_mid_page"]
    return []


def _general(call: Call, draw: random.Random) -> str | None:
    number = draw.random()
    for kind, share in GENERAL.items():
        if number < share:
            unfit = (
                (kind == "401" and (call.is_token_request or not call.token))
                or (kind == "429" and call.path == SALESFORCE_TOKEN)
                or (kind == "429" and call.path.endswith(ENTRA_TOKEN))
                or (kind == "502" and call.is_salesforce)
            )
            return None if unfit else kind
        number -= share
    return None


def _call(scope: Scope, body: bytes) -> Call:
    method, path, query = scope["method"], scope["path"], scope["query_string"]
    headers = dict(scope["headers"])
    key = hashlib.sha256(b"\n".join([method.encode(), path.encode(), query, body])).hexdigest()
    call = Call(
        method=method,
        path=path,
        query=parse_qs(query.decode("latin-1")),
        key=key,
        token=headers.get(b"authorization", b"").decode("latin-1").partition(" ")[2],
    )
    call.keys = [key] if method in ("GET", "HEAD") else [key, f"{method} {path}"]
    return call


def _failure(kind: str, call: Call, wait: str) -> tuple[int, bytes, dict[str, str]]:
    """Status, body and headers of a fault that is an answer of its own."""
    if call.is_salesforce:
        code, message, status = {
            "429": ("REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.", 403),
            "500": ("UNKNOWN_EXCEPTION", "An unexpected error occurred.", 500),
            "503": ("SERVER_UNAVAILABLE", "The server is temporarily unavailable.", 503),
        }[kind]
        return status, json.dumps([{"message": message, "errorCode": code}]).encode(), {}
    if call.is_dynamics and kind != "502":
        return _dynamics_failure(kind, wait)
    if kind == "502":
        page = b"<html><head><title>502 Bad Gateway</title></head><body>502 Bad Gateway</body></html>"
        return 502, page, {"content-type": "text/html"}
    if kind == "cursor_refused":
        error = bad_request("The cursor could not be read.", "cursor")
    else:
        code, message = {
            "429": ("too.many.requests", "Rate limit exceeded the maximum [300] requests within [60] seconds"),
            "500": ("internal.server.error", "The server encountered an unexpected condition."),
            "503": ("service.unavailable", "Service Unavailable - The server is currently unavailable."),
        }[kind]
        error = ApiError(int(kind), code, message)
    headers = {"retry-after": wait} if kind == "429" else {}
    return error.status, json.dumps(error_body(error)).encode(), headers


def _dynamics_failure(kind: str, wait: str) -> tuple[int, bytes, dict[str, str]]:
    refusal = {
        "429": too_many_requests(int(wait)),
        "500": DynamicsError(500, "0x80040216", "An unexpected error occurred."),
        "503": DynamicsError(503, "0x80044150", "The service is unavailable."),
        "delta_expired": expired_version(),
    }[kind]
    return refusal.status, json.dumps(refusal.body).encode(), refusal.headers


def _expired(call: Call) -> tuple[int, bytes, dict[str, str]]:
    """The answer to a token that has just run out."""
    if call.is_salesforce:
        body: Any = [{"message": "Session expired or invalid", "errorCode": "INVALID_SESSION_ID"}]
    elif call.is_dynamics:
        body = unauthorized().body
    else:
        body = error_body(ApiError(401, "bad.credentials", "Invalid login credentials."))
    return 401, json.dumps(body).encode(), {}


async def _answer(send: Send, status: int, body: bytes, headers: dict[str, str]) -> None:
    shown = {"content-type": "application/json", **headers, "content-length": str(len(body))}
    raw = [(name.encode(), value.encode()) for name, value in shown.items()]
    await send({"type": "http.response.start", "status": status, "headers": raw})
    await send({"type": "http.response.body", "body": body})


async def _read(receive: Receive) -> bytes:
    parts = []
    while True:
        message = await receive()
        parts.append(message.get("body", b""))
        if not message.get("more_body"):
            return b"".join(parts)


async def _nowhere(message: Message) -> None:
    """Takes an answer that nobody gets."""


def _replay(body: bytes) -> Receive:
    """A receive channel that gives the body read before."""
    sent = False

    async def receive() -> Message:
        nonlocal sent
        if sent:
            return {"type": "http.disconnect"}
        sent = True
        return {"type": "http.request", "body": body, "more_body": False}

    return receive
