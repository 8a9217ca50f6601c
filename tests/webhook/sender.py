"""What sends to the webhook in tests: whole requests, good and bad, over a connection of their own."""

from __future__ import annotations

import hashlib
import hmac
import http.client
import json
import os
import re
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from common.settings import PROJECT_DIR

SECRET = "a secret of tests that is long enough to be one"
OLD_SECRET = "the secret before it, which is as long as it has to be"
OWN_SETTINGS = ("ATTRIBUTION_", "GENESYSCLOUD_", "SALESFORCE_", "DYNAMICS_", "SNOWFLAKE_", "DBT_")


@dataclass(frozen=True)
class Answer:
    """An HTTP answer; ``said`` is its JSON."""

    status: int
    said: dict[str, Any]
    headers: dict[str, str]


def event(event_id: str, **fields: Any) -> dict[str, Any]:
    """A good event."""
    return {"event_id": event_id, "lead_id": "L1", "converted_at": "2026-06-01T12:00:00Z", **fields}


def signed(body: bytes, secret: str = SECRET, at: float | None = None) -> dict[str, str]:
    """The two headers, as docs/webhook.md has them; made here a second time, not by the project's own code."""
    timestamp = str(int(time.time() if at is None else at))
    digest = hmac.new(secret.encode(), f"{timestamp}.".encode() + body, hashlib.sha256).hexdigest()
    return {"X-Attribution-Timestamp": timestamp, "X-Attribution-Signature": f"sha256={digest}"}


def post(port: int, body: bytes | dict[str, Any], headers: dict[str, str] | None = None, timeout: float = 30) -> Answer:
    """POST /conversions, signed unless headers are given. Raises OSError or HTTPException where no answer came."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return request(port, "POST", "/conversions", content, signed(content) if headers is None else headers, timeout)


def request(
    port: int, method: str, path: str, body: bytes = b"", headers: dict[str, str] | None = None, timeout: float = 30
) -> Answer:
    """One request on a connection of its own."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
    try:
        connection.request(method, path, body, headers or {})
        answer = connection.getresponse()
        content = answer.read()
        is_json = answer.getheader("content-type", "").startswith("application/json")
        return Answer(answer.status, json.loads(content) if is_json else {}, dict(answer.getheaders()))
    finally:
        connection.close()


def is_cut(port: int, sent: bytes, within: float) -> bool:
    """Whether the server closes a connection on which this was sent and nothing follows."""
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(sent)
        connection.settimeout(within)
        try:
            return connection.recv(1000) == b""
        except ConnectionResetError:
            return True
        except TimeoutError:
            return False


class WebhookProcess:
    """`attribution webhook` in a process of its own, over the inbox and warehouse in ``folder``."""

    def __init__(self, folder: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "cli.main", "webhook", "--port", "0"],
            cwd=PROJECT_DIR,
            env=environment(folder),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        found = re.search(r":(\d+)/conversions", line)
        assert found, f"the webhook did not start: {line!r}"
        self.port = int(found[1])
        self._until_it_answers()

    def _until_it_answers(self) -> None:
        for _ in range(500):
            try:
                request(self.port, "GET", "/health", timeout=5)
                return
            except (OSError, http.client.HTTPException):
                time.sleep(0.02)
        raise AssertionError("the webhook does not answer")

    def kill(self) -> None:
        """kill -9."""
        self.process.kill()
        self.process.wait()


def environment(folder: Path) -> dict[str, str]:
    """This process's environment with the webhook's settings in place of the project's own."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(OWN_SETTINGS)}
    return {
        **kept,
        "PYTHONPATH": str(PROJECT_DIR),
        "ATTRIBUTION_DUCKDB_PATH": str(folder / "w.duckdb"),
        "ATTRIBUTION_WEBHOOK_SECRET": SECRET,
        "ATTRIBUTION_WEBHOOK_SECRET_OLD": OLD_SECRET,
    }
