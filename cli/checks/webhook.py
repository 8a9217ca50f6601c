"""What `doctor` says of the webhook: how many events wait in its inbox, and since when."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from cli.checks.check import Check, fail, ok, warn
from common import settings
from common.errors import AttributionError
from common.words import number


def checks() -> Iterator[Check]:
    """The secret, where this process has it, and the inbox."""
    from ingestion.webhook.inbox import Inbox
    from ingestion.webhook.signature import secrets

    if settings.secret("ATTRIBUTION_WEBHOOK_SECRET"):
        try:
            secrets()
        except AttributionError as error:
            yield fail("Webhook's secret", error.message, error.remedy)
    path = settings.webhook_inbox()
    if not path.exists():
        yield warn(
            "Webhook's inbox",
            f"there is no {path}, so no event has come",
            "Run `attribution webhook` there, or set ATTRIBUTION_WEBHOOK_INBOX to the file that it fills.",
        )
        return
    try:
        with Inbox(path) as inbox:
            count, oldest = inbox.waiting_since()
    except (AttributionError, sqlite3.Error) as error:
        yield fail("Webhook's inbox", str(error), "Check the file's permissions and its disk.")
        return
    waiting = number(count, "event waits", "events wait")
    if oldest is None:
        yield ok("Webhook's inbox", "no event waits for a load")
    elif datetime.now(UTC) - oldest > timedelta(days=1):
        yield warn(
            "Webhook's inbox",
            f"{waiting} for a load, the oldest since {oldest:%Y-%m-%d %H:%M} UTC",
            "Run `attribution load webhook`, or name webhook in the var sources for `attribution run`.",
        )
    else:
        yield ok("Webhook's inbox", f"{waiting} for the next load")
