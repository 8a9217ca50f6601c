"""The few Genesys Cloud calls that the write-back makes, on loopback, with trouble on demand.

The sandbox is the stand-in for everything else; this one fails exactly when and how a test says.
"""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

SCHEMAS = "/api/v2/conversations/customattributes/schemas"


@dataclass
class Answer:
    """What a call is answered. ``cut`` closes the connection with half of the body sent."""

    status: int
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    cut: bool = False


@dataclass
class Call:
    """One request as it came: ``number`` counts those with the same method and path, from 1."""

    method: str
    path: str
    body: Any
    number: int


def refusal(status: int, message: str, **more: Any) -> Answer:
    """An error as Genesys Cloud words it."""
    return Answer(status, {"message": message, "code": "some.code", "status": status, "contextId": "c", **more})


class StubOrg:
    """State, and the calls so far. ``before`` may answer in the org's place, ``after`` may spoil its answer."""

    def __init__(self) -> None:
        self.schemas: list[dict[str, Any]] = []
        self.records: dict[str, dict[str, Any]] = {}
        self.unknown_conversations: set[str] = set()
        self.calls: list[Call] = []
        self.bodies: list[Any] = []
        self.before: Callable[[Call], Answer | None] = lambda call: None
        self.after: Callable[[Call, Answer], Answer] = lambda call, answer: answer
        self.tokens = 0
        self.lock = threading.Lock()
        org = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_any(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                org.serve(self, self.rfile.read(length))

            do_GET = do_POST = do_PUT = handle_any

            def log_message(self, *arguments: Any) -> None:
                """Tests say what matters."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.base_url = f"http://127.0.0.1:{self.server.server_address[1]}"

    @property
    def environment(self) -> dict[str, str]:
        """The settings that lead here."""
        return {
            "GENESYSCLOUD_BASE_URL": self.base_url,
            "GENESYSCLOUD_OAUTHCLIENT_ID": "client",
            "GENESYSCLOUD_OAUTHCLIENT_SECRET": "secret",
        }

    @property
    def writes(self) -> list[Call]:
        """The record writes so far, whatever became of them."""
        return [call for call in self.calls if call.method == "PUT"]

    def content(self) -> dict[str, dict[str, Any]]:
        """What each record says."""
        return {record_id: record["customAttributes"] for record_id, record in sorted(self.records.items())}

    def serve(self, handler: BaseHTTPRequestHandler, raw: bytes) -> None:
        with self.lock:
            answer = self.answer(handler, raw)
        text = b"" if answer.body is None else json.dumps(answer.body).encode()
        handler.send_response(answer.status)
        for name, value in answer.headers.items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(text)))
        handler.end_headers()
        handler.wfile.write(text[: len(text) // 2] if answer.cut else text)
        handler.close_connection = answer.cut

    def answer(self, handler: BaseHTTPRequestHandler, raw: bytes) -> Answer:
        if handler.path == "/oauth/token":
            expected = "Basic " + base64.b64encode(b"client:secret").decode()
            if handler.headers["Authorization"] != expected:
                return Answer(
                    400, {"error": "invalid_client", "description": "client secret is wrong", "error_uri": None}
                )
            self.tokens += 1
            return Answer(200, {"access_token": f"token-{self.tokens}", "token_type": "bearer"})
        body = json.loads(raw) if raw else None
        same = [call for call in self.calls if (call.method, call.path) == (handler.command, handler.path)]
        call = Call(handler.command, handler.path, body, len(same) + 1)
        self.calls.append(call)
        if handler.headers["Authorization"] != f"Bearer token-{self.tokens}":
            return refusal(401, "No authentication bearer token specified in authorization header.")
        return self.before(call) or self.after(call, self.do(call))

    def do(self, call: Call) -> Answer:
        if call.path == SCHEMAS and call.method == "GET":
            return Answer(200, {"total": len(self.schemas), "entities": self.schemas})
        if call.path == SCHEMAS:
            if any(schema["jsonSchema"]["title"] == call.body["title"] for schema in self.schemas):
                return refusal(409, "A schema of that title exists.")
            self.schemas.append(
                {
                    "id": f"schema-{len(self.schemas) + 1}",
                    "version": 1,
                    "enabled": True,
                    "jsonSchema": call.body,
                }
            )
            return Answer(200, self.schemas[-1])
        _, _, _, _, conversation_id, _, last = call.path.split("/")
        if conversation_id in self.unknown_conversations:
            return refusal(404, f"Conversation {conversation_id} not found.")
        if call.method == "GET":
            record = self.records.get(last)
            return Answer(200, record) if record else refusal(404, "No such record.")
        return Answer(200, {"results": {record["id"]: self.put(record) for record in call.body}})

    def put(self, record: dict[str, Any]) -> dict[str, Any]:
        known = self.records.get(record["id"])
        if known and "version" in record and record["version"] != known["version"]:
            return {"statusCode": 409, "errorMessage": "The version is not the latest."}
        self.records[record["id"]] = {
            "id": record["id"],
            "customAttributes": record["customAttributes"],
            "schema": {"id": record["schemaId"]},
            "version": known["version"] + 1 if known else 1,
        }
        return {"statusCode": 200, "attributes": self.records[record["id"]]}

    def __enter__(self) -> StubOrg:
        threading.Thread(target=self.server.serve_forever, daemon=True, args=(0.05,)).start()
        return self

    def __exit__(self, *exception: object) -> None:
        self.server.shutdown()
        self.server.server_close()
