"""What the webhook answers to each kind of request, and that it keeps what it acknowledged and nothing else."""

from __future__ import annotations

import asyncio
import http.client
import json
import socket
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from sender import OLD_SECRET, SECRET, WebhookProcess, event, is_cut, post, request, signed

from ingestion.webhook.event import BODY_BYTES, EVENT_SCHEMA
from ingestion.webhook.inbox import Inbox, Verdict
from ingestion.webhook.signature import SIGNATURE_HEADER, TIMESTAMP_HEADER


def kept(inbox_file: Path) -> dict[str, dict[str, Any]]:
    """The events on disk by id, without what the inbox adds."""
    with Inbox(inbox_file) as inbox:
        events = [event for batch in inbox.waiting() for event in batch]
    return {each["event_id"]: {k: v for k, v in each.items() if k not in ("seq", "received_at")} for each in events}


def test_a_good_event_is_on_disk_when_it_is_acknowledged(port, inbox_file):
    whole = event(
        "whole", conversion_id="006X", conversion_value=12.3400, currency="EUR", conversion_type="sale", campaign_id="C"
    )
    answer = post(port, whole)
    assert (answer.status, answer.said) == (202, {"event_id": "whole", "status": "accepted"})
    assert kept(inbox_file)["whole"] == {**whole, "conversion_value": "12.34"}


def test_the_old_secret_is_good_beside_the_new_one(port):
    for number, secret in enumerate((SECRET, OLD_SECRET)):
        body = json.dumps(event(f"secret-{number}")).encode()
        assert post(port, body, signed(body, secret)).status == 202


def test_an_event_that_comes_again_changes_nothing(port, inbox_file):
    first = json.dumps(event("again", conversion_value=1.50)).encode()
    other_text = json.dumps(dict(reversed(event("again", conversion_value=1.5).items())), indent=3).encode()
    assert post(port, first).said["status"] == "accepted"
    answer = post(port, other_text)
    assert (answer.status, answer.said["status"]) == (202, "known")
    assert list(kept(inbox_file)).count("again") == 1


def test_another_content_under_a_known_id_is_refused(port, inbox_file):
    assert post(port, event("other")).status == 202
    answer = post(port, event("other", lead_id="L2"))
    assert (answer.status, answer.said["error"], answer.said["pointer"]) == (409, "other_content", "/event_id")
    assert kept(inbox_file)["other"]["lead_id"] == "L1"


BODY = json.dumps(event("unsigned")).encode()
# What stands in place of the two headers that BODY should have; made when the test runs, because time goes by.
UNSIGNED: dict[str, Callable[[], dict[str, str]]] = {
    "nothing": lambda: {},
    "no signature": lambda: {TIMESTAMP_HEADER: signed(BODY)[TIMESTAMP_HEADER]},
    "no timestamp": lambda: {SIGNATURE_HEADER: signed(BODY)[SIGNATURE_HEADER]},
    "another secret": lambda: signed(BODY, secret="forged, however long the secret may be"),
    "another body": lambda: signed(BODY + b" "),
    "another timestamp": lambda: {**signed(BODY), TIMESTAMP_HEADER: str(int(time.time()) + 1)},
    "stale": lambda: signed(BODY, at=time.time() - 301),
    "from the future": lambda: signed(BODY, at=time.time() + 330),
    "no number": lambda: {**signed(BODY), TIMESTAMP_HEADER: "yesterday"},
    "no such year": lambda: {**signed(BODY), TIMESTAMP_HEADER: "9" * 500},
    "empty": lambda: {**signed(BODY), SIGNATURE_HEADER: "sha256="},
    "no hexadecimal": lambda: {**signed(BODY), SIGNATURE_HEADER: "sha256=\xff"},
    "no scheme": lambda: {**signed(BODY), SIGNATURE_HEADER: signed(BODY)[SIGNATURE_HEADER].removeprefix("sha256=")},
}


@pytest.mark.parametrize("headers", UNSIGNED.values(), ids=list(UNSIGNED))
def test_what_is_not_signed_now_is_refused(port, inbox_file, headers, caplog):
    answer = post(port, BODY, headers())
    assert caplog.messages == [f"Refused a request: 401 unsigned: {answer.said['message']}"]
    assert (answer.status, answer.said["error"]) == (401, "unsigned")
    assert "unsigned" not in kept(inbox_file)


def test_a_signature_serves_once(port):
    body = json.dumps(event("replayed")).encode()
    headers = signed(body, at=time.time() - 100)
    assert post(port, body, headers).status == 202
    for written in (headers, {**headers, "X-Attribution-Signature": headers["X-Attribution-Signature"].upper()}):
        answer = post(port, body, written)
        assert (answer.status, answer.said["error"]) == (401, "replayed")
    assert post(port, body, signed(body)).said["status"] == "known"


def without(name: str) -> bytes:
    return json.dumps({k: v for k, v in event("bad").items() if k != name}).encode()


def having(**fields: Any) -> bytes:
    return json.dumps(event("bad", **fields)).encode()


BAD_BODIES = {
    "nothing": (b"", "", "no JSON"),
    "broken": (b'{"event_id": ', "", "line 1 column 14"),
    "not UTF-8": (b'{"event_id": "\xff"}', "", "no UTF-8 at byte 14"),
    "a list": (b"[]", "", "type object"),
    "nested deeply": (b"[" * 60_000, "", "nested too deeply"),
    "a number too long": (having(conversion_value=1).replace(b": 1}", b": " + b"1" * 5000 + b"}"), "", "too long"),
    "not a number": (having(conversion_value=float("nan")), "", "NaN"),
    "a field twice": (b'{"lead_id": "a", "lead_id": "b"}', "/lead_id", "twice"),
    "no event id": (without("event_id"), "/event_id", "missing"),
    "no lead": (without("lead_id"), "/lead_id", "missing"),
    "no time": (without("converted_at"), "/converted_at", "missing"),
    "a blank lead": (having(lead_id="  "), "/lead_id", "blank"),
    "a lead that is a number": (having(lead_id=5), "/lead_id", "type string"),
    "a lead that is too long": (having(lead_id="x" * 256), "/lead_id", "255"),
    "a control character": (having(lead_id="a\x00b"), "/lead_id", "control character"),
    "half a character": (having(lead_id="\ud800"), "/lead_id", "surrogate"),
    "a day": (having(converted_at="2026-06-01"), "/converted_at", "RFC 3339"),
    "no offset": (having(converted_at="2026-06-01T10:00:00"), "/converted_at", "RFC 3339"),
    "no such day": (having(converted_at="2026-02-30T10:00:00Z"), "/converted_at", "does not exist"),
    "before the first year": (having(converted_at="0001-01-01T00:00:00+14:00"), "/converted_at", "does not exist"),
    "a value in words": (having(conversion_value="12"), "/conversion_value", "type number"),
    "a value too large": (having(conversion_value=10**14), "/conversion_value", "less than"),
    "a value of no size": (having(conversion_value=1).replace(b": 1}", b": 1e999}"), "/conversion_value", "less than"),
    "no currency": (having(currency="euro"), "/currency", "USD"),
    "an unknown field": (having(**{"lead/id~": 1}), "/lead~1id~0", "no field"),
    "something else in it": (having(lead_id={"id": "L1"}), "/lead_id", "type string"),
}


@pytest.mark.parametrize(("body", "pointer", "said"), BAD_BODIES.values(), ids=list(BAD_BODIES))
def test_what_is_no_event_is_refused_with_a_pointer(port, inbox_file, body, pointer, said, caplog):
    answer = post(port, body)
    [line] = caplog.messages
    assert line.startswith("Refused a request: 400 invalid: ") and said in line and "L1" not in line
    named = pointer.removeprefix("/")
    assert (pointer in line) == (named in EVENT_SCHEMA["properties"] or not pointer)
    assert (answer.status, answer.said["error"], answer.said["pointer"]) == (400, "invalid", pointer), answer.said
    assert said in answer.said["message"]
    assert "bad" not in kept(inbox_file)


def test_bodies_and_headers_have_a_limit(port):
    largest = having(campaign_id="x").replace(b'"x"', b'"x"' + b" " * (BODY_BYTES - len(having(campaign_id="x"))))
    assert len(largest) == BODY_BYTES and post(port, largest).status == 202
    assert post(port, largest + b" ").status == 413
    chunked = {**signed(largest * 2), "Transfer-Encoding": "chunked"}
    in_chunks = b"".join(
        b"8000\r\n" + (largest * 2)[at : at + 0x8000] + b"\r\n" for at in range(0, 2 * BODY_BYTES, 0x8000)
    )
    assert request(port, "POST", "/conversions", in_chunks + b"0\r\n\r\n", chunked).status == 413
    small = having(campaign_id="y")
    assert post(port, small, {**signed(small), "X-More": "y" * 17_000}).status == 431


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"POST /conv",
        b"POST /conversions HTTP/1.1\r\nHost: h\r\n",
        b"POST /conversions HTTP/1.1\r\nHost: h\r\nContent-Length: 100\r\n\r\n{",
    ],
    ids=["nothing", "half a line", "half the headers", "half a body"],
)
def test_a_slow_client_is_cut(port, sent):
    began = time.monotonic()
    assert is_cut(port, sent, within=3)
    assert time.monotonic() - began > 0.4


def test_a_client_that_drips_is_cut(port):
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(b"POST /conversions HTTP/1.1\r\nHost: h\r\n")
        began = time.monotonic()
        with pytest.raises(OSError):
            while time.monotonic() - began < 5:
                connection.sendall(b"X-More: y\r\n")
                time.sleep(0.05)
        assert time.monotonic() - began < 3


def test_a_request_after_a_pause_is_answered(port):
    connection = http.client.HTTPConnection("127.0.0.1", port)
    connection.connect()
    address = connection.sock.getsockname()
    for _ in range(3):
        connection.request("GET", "/health")
        assert connection.getresponse().read() == b'{"status":"ok"}'
        assert connection.sock.getsockname() == address
        time.sleep(0.3)
    connection.close()


def test_too_many_at_once_are_told_to_come_again(port):
    half = [socket.create_connection(("127.0.0.1", port)) for _ in range(20)]
    try:
        for connection in half:
            connection.sendall(b"POST /conversions HTTP/1.1\r\nHost: h\r\nContent-Length: 100\r\n\r\n{")
        time.sleep(0.2)
        answer = post(port, event("busy"))
        assert (answer.status, answer.said["error"], answer.headers["retry-after"]) == (429, "busy", "2")
    finally:
        for connection in half:
            connection.close()
    time.sleep(0.1)
    assert post(port, event("busy")).status == 202


def test_what_can_not_be_kept_is_not_acknowledged(port, inbox_file, monkeypatch):
    def full(*_: Any) -> list[Verdict]:
        raise sqlite3.OperationalError("database or disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(Inbox, "keep", full)
        answer = post(port, event("full"))
        assert (answer.status, answer.said["error"]) == (503, "not_kept")
    assert "full" not in kept(inbox_file)
    assert post(port, event("full")).status == 202


def test_schema_and_openapi_are_published(port):
    schema = request(port, "GET", "/schema.json").said
    assert schema == EVENT_SCHEMA
    Draft202012Validator.check_schema(schema)
    document = request(port, "GET", "/openapi.json").said
    assert document["openapi"] == "3.1.0"
    responses = document["paths"]["/conversions"]["post"]["responses"]
    assert set(responses) == {"202", "400", "401", "409", "413", "429", "431", "503"}
    Draft202012Validator.check_schema(document["components"]["schemas"]["Conversion"])
    assert request(port, "GET", "/conversions").status == 405
    assert request(port, "GET", "/health").said == {"status": "ok"}


def test_five_hundred_at_once_and_a_signature_after_a_kill(tmp_path):
    async def all_at_once(port: int) -> list[bytes]:
        async def one(number: int) -> bytes:
            body = json.dumps(event(f"crowd-{number}")).encode()
            lines = ["POST /conversions HTTP/1.1", "Host: h", f"Content-Length: {len(body)}", "Connection: close"]
            lines += [f"{name}: {value}" for name, value in signed(body).items()]
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write("\r\n".join(lines).encode() + b"\r\n\r\n" + body)
            answer = await reader.read()
            writer.close()
            return answer[:12]

        return await asyncio.gather(*(one(number) for number in range(500)))

    webhook = WebhookProcess(tmp_path)
    answers = asyncio.run(all_at_once(webhook.port))
    body = json.dumps(event("before")).encode()
    headers = signed(body)
    assert post(webhook.port, body, headers).status == 202
    webhook.kill()
    assert answers == [b"HTTP/1.1 202"] * 500
    assert set(kept(tmp_path / "w.inbox.sqlite")) == {f"crowd-{number}" for number in range(500)} | {"before"}

    webhook = WebhookProcess(tmp_path)
    assert post(webhook.port, body, headers).said["error"] == "replayed"
    webhook.kill()
