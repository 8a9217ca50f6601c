"""Arguments that several commands take, read the same way by each."""

from __future__ import annotations

import math
import shlex
from datetime import UTC, date, datetime, time
from enum import StrEnum
from typing import Any, TypeVar

import typer
import yaml

from common.words import did_you_mean

Kind = TypeVar("Kind", bound=StrEnum)

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


def vars_option(variables: dict[str, Any]) -> str:
    """dbt vars as they are typed behind a command."""
    flow = yaml.safe_dump(variables, default_flow_style=True, sort_keys=False, width=math.inf).strip()
    return f"--vars {shlex.quote(flow)}"


def choice(kind: type[Kind], text: str) -> Kind:
    """One of a few words. Raises BadParameter (exit 2) that names them, and the one that may have been meant."""
    names = [str(each) for each in kind]
    if text not in names:
        raise typer.BadParameter(f"{text!r} is none of {', '.join(names)}. {did_you_mean(text, names)}".rstrip())
    return kind(text)


def window(since: str | None, until: str | None) -> tuple[datetime | None, datetime | None]:
    """--since and --until, which must not be the wrong way round."""
    begin, end = instant(since), instant(until)
    if begin and end and begin >= end:
        raise typer.BadParameter(f"--since ({since}) has to lie before --until ({until}).")
    return begin, end
