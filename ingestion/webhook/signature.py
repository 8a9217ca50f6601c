"""Who sent a request, and when: HMAC-SHA256 over timestamp and body, under a secret that both sides know."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping, Sequence

from common import settings
from common.errors import AttributionError

SIGNATURE_HEADER = "X-Attribution-Signature"
TIMESTAMP_HEADER = "X-Attribution-Timestamp"
# Seconds that the sender's clock, and the way here, may differ from ours; either side.
TOLERANCE = 300
# HMAC-SHA256 has 256 bits of its own; a secret that is much shorter can be tried out (RFC 2104, section 3).
LEAST_SECRET = 32


class Unsigned(Exception):
    """The request is not proved to come from who knows the secret, now; the text says why, for the sender."""


def secrets() -> list[bytes]:
    """The secrets that are good at the moment: the new one, and the old one while senders are being changed.

    Raises AttributionError where there is none, or one is too short to hold.
    """
    new = settings.required(
        {"ATTRIBUTION_WEBHOOK_SECRET": f"a random text of {LEAST_SECRET} characters or more that senders sign with"},
        "webhook.md",
    )
    named = {**new, "ATTRIBUTION_WEBHOOK_SECRET_OLD": settings.secret("ATTRIBUTION_WEBHOOK_SECRET_OLD") or ""}
    for name, text in named.items():
        if text and len(text) < LEAST_SECRET:
            raise AttributionError(
                f"{name} has {len(text)} characters.",
                f"It needs {LEAST_SECRET} or more; `openssl rand -hex 32` makes a good one.",
            )
    return [text.encode() for text in named.values() if text]


def signature(secret: bytes, timestamp: str, body: bytes) -> str:
    """What the header says: ``sha256=`` and the hexadecimal HMAC of ``<timestamp>.<body>``."""
    return "sha256=" + hmac.new(secret, timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()


def verified(headers: Mapping[str, str], body: bytes, known: Sequence[bytes], now: float) -> tuple[bytes, float]:
    """The digest that the sender signed with, and the instant until which it would be good once more.

    ``now`` in seconds since 1970. Raises Unsigned. All secrets are tried, in a time that does not depend on which fits.
    """
    given, timestamp = headers.get(SIGNATURE_HEADER, ""), headers.get(TIMESTAMP_HEADER, "")
    if not given or not timestamp:
        raise Unsigned(f"The headers {SIGNATURE_HEADER} and {TIMESTAMP_HEADER} are both needed.")
    if not (timestamp.isascii() and timestamp.isdecimal() and len(timestamp) <= 12):
        raise Unsigned(f"{TIMESTAMP_HEADER} is whole seconds since 1970-01-01T00:00:00Z.")
    fits = [
        hmac.compare_digest(signature(secret, timestamp, body).encode(), given.strip().lower().encode())
        for secret in known
    ]
    if not any(fits):
        raise Unsigned(f"{SIGNATURE_HEADER} does not fit {TIMESTAMP_HEADER} and body under the secret.")
    if abs(now - int(timestamp)) > TOLERANCE:
        raise Unsigned(f"{TIMESTAMP_HEADER} is more than {TOLERANCE} seconds from this server's clock.")
    return bytes.fromhex(given.strip()[len("sha256=") :]), int(timestamp) + TOLERANCE
