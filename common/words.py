"""Counts with their nouns, and words that may have been meant, as commands, notes and pages print them."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


def number(count: float, one: str, more: str | None = None) -> str:
    """A count with its noun, in the singular where it is 1: ``1 touch``, ``1,200 touches``.

    ``more`` is the plural where the noun's end does not tell it.
    """
    return f"{count:,} {one if count == 1 else more or plural(one)}"


def plural(one: str) -> str:
    """The plural by the noun's end: ``touch`` → ``touches``, ``history`` → ``histories``, ``row`` → ``rows``."""
    if one.endswith("y") and one[-2:-1] not in "aeiou":
        return f"{one[:-1]}ies"
    return f"{one}es" if one.endswith(("s", "x", "ch", "sh")) else f"{one}s"


def rows_of(table: str, count: int) -> str:
    """The rows of a raw table, whose name may stand in either number: ``campaign_member``, 2 → ``2 campaign members``.

    A raw table of marks is no noun: ``full_read`` has a row for each table that was read in full.
    """
    if table == "full_read":
        return number(count, "table read in full", "tables read in full")
    name = table.replace("_", " ")
    if name.endswith("ches"):
        name = name[:-2]
    elif name.endswith("s"):
        name = name[:-1]
    return number(count, name)


def closest(text: str, names: Iterable[str]) -> str | None:
    """The closest of ``names``; None where none is close."""
    close = get_close_matches(text, list(names), n=1)
    return close[0] if close else None


def did_you_mean(text: str, names: Iterable[str]) -> str:
    """The sentence that asks for the closest of ``names``; nothing where none is close."""
    close = closest(text, names)
    return f"Did you mean {close}?" if close else ""
