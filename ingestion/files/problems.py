"""What is wrong with a file: the first few places in words, and how many there are."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from common.errors import AttributionError

SHOWN = 10
REMEDY = "Mend the file and load it again; nothing of it was loaded."


class Problems:
    """Collects the bad rows of one file. Memory stays with the few that will be shown, whatever the file is."""

    def __init__(self, path: Path, place: str) -> None:
        """``place`` is what a row is counted in: "line" (the header is line 1) or "row" (Parquet)."""
        self.path = path
        self.place = place
        self.rows = 0
        self._first: list[tuple[int, int, str]] = []

    def add(self, problems: Iterable[tuple[int, int, str]], rows: int | None = None) -> None:
        """Problems as (line, order of the column, sentence), of lines that no other call names.

        ``rows`` says how many rows are bad where ``problems`` names only some of them.
        """
        found = list(problems)
        self.rows += len({line for line, _, _ in found}) if rows is None else rows
        self._first = sorted(self._first + found)[:SHOWN]

    def error(self) -> AttributionError | None:
        """All of it as one error; None where nothing was found."""
        if not self._first:
            return None
        lines = [f"{self.path}, {self.place} {line}{sentence}" for line, _, sentence in self._first]
        if len(lines) == 1:
            return AttributionError(f"{lines[0]}.", REMEDY)
        listed = "\n".join(f"  {line}." for line in lines)
        shown = len({line for line, _, _ in self._first})
        more = f" The first {shown} of them:" if self.rows > shown else ""
        rows = "1 bad row" if self.rows == 1 else f"{self.rows} bad rows"
        return AttributionError(f"{self.path} has {rows}.{more}\n{listed}\n", REMEDY)


def in_column(column: str, value: Any, reason: str) -> str:
    """The rest of the sentence "file, line 3 …" about one value."""
    return f", column {column}: {shown(value)} {reason}"


# An e-mail address, or a phone that is written as one: what is in a message may end in a log.
PERSONAL = re.compile(r"[^@\s]+@[^@\s]+|(?!\d{1,4}-\d{1,2}-\d{1,4}$)[+(]?\d[\d ()-]*[ ()-][\d ()-]*\d|\+\d+")
FEWEST_DIGITS = 7


def shown(value: Any) -> str:
    """A value as the sentence has it, cut where it is long; a phone or an e-mail address is not told."""
    if (
        isinstance(value, str)
        and PERSONAL.fullmatch(value.strip())
        and ("@" in value or sum(letter.isdigit() for letter in value) >= FEWEST_DIGITS)
    ):
        return "(a phone or an e-mail)"
    described = repr(value) if isinstance(value, str) else str(value)
    return described if len(described) <= 60 else f"{described[:57]}…"
