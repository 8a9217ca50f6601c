"""One row of `doctor`, and the one way in which its checks ask another system something."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Literal
from urllib.parse import urlsplit

import requests

from common.errors import AttributionError

TIMEOUT_SECONDS = (10, 30)
CLOCK_WARN_SECONDS = 60


@dataclass(frozen=True)
class Check:
    """What was looked at, how it is, what was seen, and what to do where it is not well."""

    name: str
    status: Literal["ok", "warn", "fail"]
    detail: str
    remedy: str = ""


def ok(name: str, detail: str) -> Check:
    """Nothing to do."""
    return Check(name, "ok", detail)


def warn(name: str, detail: str, remedy: str) -> Check:
    """Works, but may not mean what the user thinks."""
    return Check(name, "warn", detail, remedy)


def fail(name: str, detail: str, remedy: str) -> Check:
    """Has to be mended before a run can end well."""
    return Check(name, "fail", detail, remedy)


def ask(method: str, url: str, **arguments: Any) -> requests.Response:
    """One request, not repeated: doctor says what it sees. Raises AttributionError where no answer comes."""
    try:
        return requests.request(method, url, timeout=TIMEOUT_SECONDS, **arguments)
    except requests.RequestException as error:
        raise AttributionError(
            f"{urlsplit(url).netloc} gives no answer ({type(error).__name__}).",
            "Check the region or address, this machine's network, and its proxy.",
        ) from error


def words(response: requests.Response) -> str:
    """What the answer says went wrong, in one line: the system's own text, else the status."""
    try:
        body = response.json()
    except requests.exceptions.JSONDecodeError:
        body = {}
    if isinstance(body, list) and body:
        body = body[0]
    if isinstance(body, dict) and isinstance(body.get("error"), dict):
        body = body["error"]
    if isinstance(body, dict):
        for field in ("message", "error_description", "description", "error"):
            if body.get(field):
                return f"HTTP {response.status_code}: {body[field]}"
    return f"HTTP {response.status_code} {response.reason or ''}".strip()


def clock(name: str, response: requests.Response) -> Check:
    """This machine's clock against the Date header of an answer that has just come in."""
    try:
        theirs = parsedate_to_datetime(response.headers["Date"])
    except (KeyError, ValueError):
        return warn(name, "the answer names no time", "Compare this machine's clock yourself.")
    seconds = abs((datetime.now(UTC) - theirs).total_seconds())
    if seconds > CLOCK_WARN_SECONDS:
        return warn(
            name,
            f"this machine's clock is {seconds:.0f} s off",
            "Synchronise it (NTP): load windows and freshness go by it.",
        )
    return ok(name, f"within {max(seconds, 1):.0f} s")
