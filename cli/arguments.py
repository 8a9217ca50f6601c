"""Arguments that several commands take, read the same way by each."""

from __future__ import annotations

from datetime import UTC, date, datetime, time

import typer

VARS_HELP = "dbt vars for this run, as dbt takes them: --vars '{crm_timezone: Europe/Berlin}'."


def instant(text: str | None) -> datetime | None:
    """An ISO date (its midnight) or instant, in UTC where it names no offset. Raises BadParameter (exit 2)."""
    if text is None:
        return None
    try:
        if len(text) == len("2026-01-31"):
            return datetime.combine(date.fromisoformat(text), time(), UTC)
        read = datetime.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(
            f"{text!r} is neither a date (2026-01-31) nor an instant (2026-01-31T08:00:00Z)."
        ) from None
    return read.replace(tzinfo=UTC) if read.tzinfo is None else read.astimezone(UTC)


def window(since: str | None, until: str | None) -> tuple[datetime | None, datetime | None]:
    """--since and --until, which must not be the wrong way round."""
    begin, end = instant(since), instant(until)
    if begin and end and begin >= end:
        raise typer.BadParameter(f"--since ({since}) has to lie before --until ({until}).")
    return begin, end
