"""A small Genesys Cloud of a test's own: what it holds and how it misbehaves is set line by line."""

from __future__ import annotations

import base64
import copy
import json
import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from common.warehouse import Warehouse, connect
from ingestion.genesys import client as genesys_client
from ingestion.pipeline import run_source

JOBS = "/api/v2/analytics/conversations/details/jobs"
QUERY = "/api/v2/analytics/conversations/details/query"
LISTINGS = {
    "/api/v2/outbound/campaigns": "campaigns",
    "/api/v2/outbound/messagingcampaigns": "messaging_campaigns",
    "/api/v2/outbound/contactlists": "contact_lists",
    "/api/v2/routing/wrapupcodes": "wrapup_codes",
    "/api/v2/routing/queues": "queues",
    "/api/v2/routing/skills": "skills",
    "/api/v2/users": "users",
    "/api/v2/flows": "flows",
    "/api/v2/flows/outcomes": "flow_outcomes",
    "/api/v2/flows/milestones": "flow_milestones",
}


@dataclass
class Answer:
    """One HTTP answer; ``cut`` sends half of the body and then closes the connection."""

    status: int = 200
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    raw: bytes | None = None
    cut: bool = False


@dataclass
class SmallOrg:
    """A Genesys Cloud org in memory. ``misbehave`` gets (verb, path) and may answer in its place."""

    organization: dict[str, Any] = field(default_factory=lambda: {"id": "org-1", "name": "First org"})
    available: datetime = datetime(2026, 6, 15, tzinfo=UTC)
    conversations: list[dict[str, Any]] = field(default_factory=list)
    entities: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    contacts: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)
    misbehave: Callable[[str, str], Answer | None] = lambda verb, path: None
    page_size: int | None = None
    secret: str = "secret"
    requests: list[tuple[str, str]] = field(default_factory=list)
    intervals: list[str] = field(default_factory=list)
    queries: list[dict[str, Any]] = field(default_factory=list)
    asked_contacts: list[tuple[str, list[str]]] = field(default_factory=list)
    tokens: set[str] = field(default_factory=set)

    def answer(self, verb: str, url: str, headers: dict[str, str], body: bytes) -> Answer:
        """Play the API's part for one request."""
        parts = urlsplit(url)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        self.requests.append((verb, parts.path))
        if parts.path == "/oauth/token":
            return self._token(headers)
        if headers.get("authorization", "").removeprefix("Bearer ") not in self.tokens:
            return Answer(401, {"message": "Invalid login credentials.", "code": "bad.credentials"})
        if override := self.misbehave(verb, url):
            return override
        if parts.path == "/api/v2/organizations/me":
            return Answer(body=self.organization)
        if parts.path in LISTINGS:
            return self._listing(self.entities.get(LISTINGS[parts.path], []), query)
        if parts.path.startswith(JOBS):
            return self._job(verb, parts.path, query, body)
        if parts.path == QUERY:
            return self._query(json.loads(body))
        if match := re.fullmatch(r"/api/v2/outbound/contactlists/([^/]+)/contacts/bulk", parts.path):
            return self._contacts(match[1], json.loads(body))
        return Answer(404, {"message": f"No such path {parts.path}", "code": "not.found"})

    def _token(self, headers: dict[str, str]) -> Answer:
        given = base64.b64decode(headers.get("authorization", "Basic ").removeprefix("Basic ")).decode()
        if given != f"client:{self.secret}":
            return Answer(401, {"error": "invalid_client", "description": "authentication failed"})
        token = f"token-{len(self.tokens) + 1}"
        self.tokens.add(token)
        return Answer(body={"access_token": token, "token_type": "bearer", "expires_in": 86399})

    @staticmethod
    def _listing(items: list[dict[str, Any]], query: dict[str, str]) -> Answer:
        size, number = int(query["pageSize"]), int(query["pageNumber"])
        return Answer(
            body={
                "entities": items[(number - 1) * size : number * size],
                "pageSize": size,
                "pageNumber": number,
                "total": len(items),
                "pageCount": -(-len(items) // size),
            }
        )

    def _job(self, verb: str, path: str, query: dict[str, str], body: bytes) -> Answer:
        if path.endswith("/availability"):
            return Answer(body={"dataAvailabilityDate": self.available.isoformat().replace("+00:00", "Z")})
        if verb == "POST":
            self.intervals.append(json.loads(body)["interval"])
            return Answer(202, {"jobId": f"job-{len(self.intervals) - 1}"})
        job = re.fullmatch(rf"{JOBS}/job-(\d+)(/results)?", path)
        assert job, path
        if not job[2]:
            return Answer(body={"state": "FULFILLED"})
        start, end = (datetime.fromisoformat(text) for text in self.intervals[int(job[1])].split("/"))
        found = [item for item in self.conversations if _active(item, start, end)]
        size = self.page_size or int(query["pageSize"])
        first = int(query.get("cursor", "0"))
        page: dict[str, Any] = {"conversations": found[first : first + size]}
        if first + size < len(found):
            page["cursor"] = str(first + size)
        return Answer(body=page)

    def _query(self, body: dict[str, Any]) -> Answer:
        self.queries.append(body)
        start, end = (datetime.fromisoformat(text) for text in body["interval"].split("/"))
        size, number = body["paging"]["pageSize"], body["paging"]["pageNumber"]
        found = [item for item in self.conversations if _active(item, start, end)]
        bare = copy.deepcopy(found[(number - 1) * size : number * size])
        for participant in (participant for item in bare for participant in item["participants"]):
            participant.pop("attributes", None)
        return Answer(body={"conversations": bare, "totalHits": len(found)})

    def _contacts(self, list_id: str, ids: list[str]) -> Answer:
        self.asked_contacts.append((list_id, ids))
        if list_id not in self.contacts:
            return Answer(404, {"message": "Contact list not found", "code": "not.found"})
        known = self.contacts[list_id]
        return Answer(body=[{"id": id, "data": known[id]} for id in ids if id in known])


def _active(conversation: dict[str, Any], start: datetime, end: datetime) -> bool:
    begun = datetime.fromisoformat(conversation["conversationStart"])
    ended = datetime.fromisoformat(conversation.get("conversationEnd") or "9999-01-01T00:00:00Z")
    return begun < end and ended >= start


@pytest.fixture
def warehouse_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A DuckDB file of the test's own, which is not there yet."""
    path = tmp_path / "warehouse.duckdb"
    monkeypatch.setenv("ATTRIBUTION_DUCKDB_PATH", str(path))
    return path


@pytest.fixture(scope="module")
def first_load() -> list[bytes]:
    """The warehouse after the first load of a module's org as it is in the beginning, once there is one."""
    return []


@pytest.fixture
def begin_after_first_load(warehouse_file: Path, first_load: list[bytes]) -> Callable[[str], None]:
    """``begin_after_first_load(source)``: the test's warehouse after a load, which one test makes for its module."""

    def begin(source: str) -> None:
        if first_load:
            warehouse_file.write_bytes(first_load[0])
            return
        run_source(source)
        first_load.append(warehouse_file.read_bytes())

    return begin


@pytest.fixture
def warehouse(warehouse_file: Path) -> Callable[[str], list[dict[str, Any]]]:
    """Rows of a select from the test's warehouse."""

    def query(sql: str) -> list[dict[str, Any]]:
        opened: Warehouse
        with connect(read_only=True) as opened:
            return opened.query(sql)

    return query


@pytest.fixture
def small_org(warehouse_file: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SmallOrg]:
    """A small org on loopback that the GENESYSCLOUD_ settings name; retries do not wait long."""
    org = SmallOrg()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        # Without it each answer's body waits 40 ms for its headers to be acknowledged.
        disable_nagle_algorithm = True

        def _serve(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            answer = org.answer(self.command, self.path, headers, body)
            content = answer.raw if answer.raw is not None else json.dumps(answer.body).encode()
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            if answer.cut:
                self.wfile.write(content[: len(content) // 2])
                self.wfile.flush()
                self.close_connection = True
                return
            self.wfile.write(content)

        do_GET = do_POST = do_DELETE = _serve

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    monkeypatch.setenv("GENESYSCLOUD_BASE_URL", f"http://127.0.0.1:{server.server_port}")
    monkeypatch.setenv("GENESYSCLOUD_OAUTHCLIENT_ID", "client")
    monkeypatch.setenv("GENESYSCLOUD_OAUTHCLIENT_SECRET", "secret")
    monkeypatch.setattr(genesys_client, "FIRST_PAUSE", 0.005)
    yield org
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def answer() -> type[Answer]:
    """Answers that a test's org gives in place of its own."""
    return Answer


ALL_ATTRIBUTES = {"CampaignID": "C1", "TouchSequence": "1", "LeadSource": "Web", "LeadID": "00Q1"}


@pytest.fixture
def a_conversation() -> Callable[..., dict[str, Any]]:
    """Makes a dialled conversation with its customer and an agent; ``attributes`` go onto the customer."""
    return _a_conversation


def _a_conversation(
    id: str,
    start: str = "2026-06-01T10:00:00.000Z",
    end: str | None = "2026-06-01T10:05:00.000Z",
    attributes: dict[str, str] | None = None,
    session: dict[str, Any] | None = None,
) -> dict[str, Any]:
    customer_session = {
        "sessionId": f"{id}-session",
        "mediaType": "voice",
        "direction": "outbound",
        "dnis": "tel:+13175550123",
        "outboundContactId": f"contact-{id}",
        "outboundContactListId": "list-1",
        **(session or {}),
    }
    conversation = {
        "conversationId": id,
        "conversationStart": start,
        "originatingDirection": "outbound",
        "participants": [
            {
                "participantId": f"{id}-1",
                "purpose": "customer",
                "attributes": dict(ALL_ATTRIBUTES if attributes is None else attributes),
                "sessions": [customer_session],
            },
            {"participantId": f"{id}-2", "purpose": "agent", "sessions": []},
        ],
    }
    return {**conversation, "conversationEnd": end} if end else conversation
