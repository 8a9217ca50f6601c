"""One file that was named: what it must hold, and what was noticed while it was read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa

from common import settings
from common.errors import AttributionError
from common.words import closest, number
from ingestion.files.columns import FileTable
from ingestion.files.problems import Problems

# Rows that are in memory at once, as Python's values and as Arrow's, which are smaller.
BATCH_ROWS = 20_000
ARROW_BATCH_ROWS = 65_536
# Names that a note lists at most.
NAMES_SHOWN = 20

FORMATS = {
    ".csv": "csv",
    ".tsv": "csv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".parquet": "parquet",
}


@dataclass
class Batch:
    """Some rows, column by column: ``lines[i]`` is where row i stands in the file. Only columns of the table."""

    lines: Sequence[int]
    columns: dict[str, Sequence[Any] | pa.Array]


@dataclass
class SourceFile:
    """A file for one table. Its header lacks the columns ``lacking``; ``missing`` is the error where one is needed.

    ``phones_of_region`` rows have a phone that the region helped to read, ``phones_unread`` one that is no number.
    """

    path: Path
    table: FileTable
    format: str
    compressed: bool
    problems: Problems
    ignored: list[str] = field(default_factory=list)
    lacking: list[str] = field(default_factory=list)
    missing: AttributionError | None = None
    phones_of_region: int = 0
    phones_unread: int = 0

    def ignore(self, name: str) -> None:
        """Remember a column that the table does not have."""
        if name not in self.ignored and len(self.ignored) <= NAMES_SHOWN:
            self.ignored.append(name)

    def notes(self) -> list[str]:
        """What the user should know of it: the columns that were not read, and how phones were."""
        notes = []
        if self.ignored:
            more = ", …" if len(self.ignored) > NAMES_SHOWN else ""
            names = ", ".join(map(self._with_meant, self.ignored[:NAMES_SHOWN]))
            notes.append(f"{self.path}: columns that {self.table.name} do not have were ignored: {names}{more}.")
        phones = []
        if self.phones_of_region:
            region = settings.phone_region()
            phones.append(
                f"{self.phones_of_region:,} without a country code, read as of ATTRIBUTION_PHONE_REGION ({region})"
            )
        if self.phones_unread:
            phones.append(number(self.phones_unread, "that is no number", "that are no numbers"))
        if phones:
            notes.append(f"{self.path}: phones: {'; '.join(phones)}.")
        return notes

    def _with_meant(self, ignored: str) -> str:
        """The name of a column that is not read, with the one that may have been meant."""
        meant = closest(ignored.lower(), self.lacking)
        return f"{ignored} (did you mean {meant}?)" if meant else ignored

    def match_header(self, found: list[str]) -> dict[str, int]:
        """Position of each column of the table in ``found``, whatever its case and the blanks around it.

        Raises AttributionError for a column that is there twice, and for a needed one that is not there.
        """
        positions: dict[str, int] = {}
        known = {column.name for column in self.table.columns}
        for position, written in enumerate(found):
            name = written.strip().lower()
            if name not in known:
                if name:
                    self.ignore(written.strip())
            elif name in positions:
                raise AttributionError(
                    f"{self.path} has the column {name} twice.",
                    "Take one of them away; nothing was loaded.",
                )
            else:
                positions[name] = position
        self.lacking = [column.name for column in self.table.columns if column.name not in positions]
        absent = [column.name for column in self.table.columns if column.required and column.name in self.lacking]
        if absent:
            self.missing = self._missing_error(absent, found)
            # A file of deletions needs no more than the keys, so whether the others are needed shows by row.
            keys = {column.name for column in self.table.columns if column.key}
            if "is_deleted" not in positions or keys & set(absent):
                raise self.missing
        return positions

    def _missing_error(self, absent: list[str], found: list[str]) -> AttributionError:
        needed = ", ".join(column.name for column in self.table.columns if column.required)
        names = ", ".join(name.strip() or "(no name)" for name in found[:60])
        plural = "columns" if len(absent) > 1 else "column"
        unread = {name.lower(): name for name in self.ignored}
        lacking = []
        for name in absent:
            close = closest(name, unread)
            lacking.append(f"{name} (is it {unread.pop(close)}?)" if close else name)
        return AttributionError(
            f"{self.path} lacks the {plural} {', '.join(lacking)}. The columns found: {names}.",
            f"A file of {self.table.name} needs {needed}; the first line names the columns, separated by a comma, "
            "a semicolon or a tab. Nothing was loaded.",
        )


def source_file(path: Path, table: FileTable) -> SourceFile:
    """The file at ``path``, known by its extension. Raises AttributionError where it can't hold ``table``."""
    suffixes = [suffix.lower() for suffix in path.suffixes]
    compressed = suffixes[-1:] == [".gz"]
    extension = (suffixes[:-1] if compressed else suffixes)[-1:]
    kind = FORMATS.get(extension[0]) if extension else None
    if not path.exists():
        raise AttributionError(
            f"There is no file {path}.", f"Check the path given for {table.name}; nothing was loaded."
        )
    if not path.is_file():
        raise AttributionError(
            f"{path} is {'a folder' if path.is_dir() else 'no regular file'}.",
            f"Name one file with the {table.name}; nothing was loaded.",
        )
    if kind is None or (compressed and kind == "parquet"):
        raise AttributionError(
            f"{path}: the extension {''.join(path.suffixes) or '(none)'} says nothing that can be read.",
            "It is .csv, .tsv, .jsonl or .ndjson (each also with .gz), or .parquet. Nothing was loaded.",
        )
    try:
        size = path.stat().st_size
        with path.open("rb"):
            pass
    except OSError as error:
        raise AttributionError(
            f"{path} can't be read: {error.strerror}.", "Check its permissions; nothing was loaded."
        ) from error
    if size == 0:
        raise empty_error(path, table, kind)
    place = "row" if kind == "parquet" else "line"
    return SourceFile(path, table, kind, compressed, Problems(path, place))


def empty_error(path: Path, table: FileTable, kind: str) -> AttributionError:
    """A file that holds nothing is a failed export more often than an empty one."""
    header = "a CSV with nothing but its header" if kind == "jsonl" else "a file with nothing but its header"
    return AttributionError(
        f"{path} is empty (0 bytes or blank lines only).",
        f"Export it again. To say that there are no {table.name}, give {header}. Nothing was loaded.",
    )
