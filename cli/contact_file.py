"""The file of `attribution contacts upload`: a CSV whose columns are those of a contact list."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from common.errors import AttributionError
from common.words import did_you_mean
from ingestion.phones import to_e164

# What an export of a contact list calls the contact's id, and what one may write in a file of one's own.
ID_COLUMNS = ("inin-outbound-id", "contact_id")
# Columns that an export has and that are the dialer's own: passed over.
SYSTEM_COLUMN = re.compile(
    r"inin-outbound-|(Contact)?Callable|(Call|Sms|Email)Record|(ZipCode)?AutomaticTimeZone", re.IGNORECASE
)


@dataclass(frozen=True)
class ContactList:
    """A contact list of the org, with the columns that matter here."""

    id: str
    name: str
    columns: tuple[str, ...]
    phone_columns: tuple[str, ...]

    @classmethod
    def of(cls, entity: dict[str, Any]) -> ContactList:
        """From the API's ContactList."""
        return cls(
            entity["id"],
            entity.get("name") or entity["id"],
            tuple(entity.get("columnNames") or []),
            tuple(column["columnName"] for column in entity.get("phoneColumns") or []),
        )


@dataclass(frozen=True)
class Row:
    """What a line of the file says of a contact: ``data`` has filled columns alone."""

    line: int
    contact_id: str | None
    lead_id: str | None
    data: dict[str, str]


@dataclass(frozen=True)
class RowError:
    """Why a line was left out. It says no value that could be a person's."""

    line: int
    reason: str


def check_readable(path: Path) -> None:
    """Raise AttributionError where the file is not there or can't be opened, before anything else is asked for."""
    try:
        path.open("rb").close()
    except OSError as error:
        raise _unreadable(path, error) from error


def rows(path: Path, into: ContactList, attributes: list[str]) -> Iterator[Row | RowError]:
    """Each line with something in it, checked; ``attributes`` are the four names of the var genesys_attributes.

    Raises AttributionError where the file can't be read, or has a column that the list does not have.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, strict=True)
            columns = check_columns(path, list(reader.fieldnames or []), into, attributes)
            for cells in reader:
                yield _row(reader.line_num, cells, columns, into, attributes)
    except OSError as error:
        raise _unreadable(path, error) from error
    except UnicodeDecodeError as error:
        raise AttributionError(f"{path} is no text in UTF-8.", "Save it as CSV in UTF-8.") from error
    except csv.Error as error:
        raise AttributionError(
            f"{path} is no CSV: {error}.", "Look for a quotation mark that does not close."
        ) from error


def _unreadable(path: Path, error: OSError) -> AttributionError:
    return AttributionError(f"{path} can't be read: {error.strerror}.", "Check the path of --file.")


def check_columns(path: Path, header: list[str], into: ContactList, attributes: list[str]) -> list[str]:
    """The file's columns of the list: without what names the contact, and what is the dialer's own."""
    lacking = [name for name in attributes if name not in into.columns]
    if lacking:
        raise AttributionError(
            f"The contact list {into.name} has no column {', '.join(lacking)}.",
            "A list's columns can't be changed later: make a list that has them (docs/instrumentation.md), or name the"
            " columns that it has in the var genesys_attributes.",
        )
    repeated = {name for name in header if header.count(name) > 1}
    if repeated:
        raise AttributionError(f"{path} has the column {', '.join(sorted(repeated))} twice.", "Keep one of them.")
    unknown = [
        name for name in header if name not in into.columns and name not in ID_COLUMNS and not SYSTEM_COLUMN.match(name)
    ]
    if unknown:
        raise AttributionError(
            f"{path} has the column {unknown[0]!r}, which the contact list {into.name} does not have.",
            f"{did_you_mean(unknown[0], into.columns)} Its columns are {', '.join(into.columns)}.".lstrip(),
        )
    if not any(name in header for name in ID_COLUMNS) and attributes[3] not in header:
        raise AttributionError(
            f"{path} does not say whose contact a line is: it has neither {ID_COLUMNS[0]} nor {attributes[3]}.",
            f"Add the column {attributes[3]}, or begin with an export of the list, which has {ID_COLUMNS[0]}.",
        )
    return [name for name in header if name in into.columns]


def _row(
    line: int, cells: dict[str, Any], columns: list[str], into: ContactList, attributes: list[str]
) -> Row | RowError:
    if None in cells or None in cells.values():
        return RowError(line, "it has not as many cells as the header")
    contact_id = next((cells[name].strip() for name in ID_COLUMNS if cells.get(name, "").strip()), None)
    data = {name: cells[name].strip() for name in columns if cells[name].strip()}
    lead_id = data.get(attributes[3])
    if contact_id is None and lead_id is None:
        return RowError(line, f"it names neither a contact nor a lead ({attributes[3]} is empty)")
    sequence = data.get(attributes[1])
    if sequence is not None and not re.fullmatch(r"[0-9]{1,9}", sequence):
        return RowError(line, f"{attributes[1]} is {sequence[:20]!r}, which is no whole number")
    for name in into.phone_columns:
        if name in data and to_e164(data[name]) is None:
            return RowError(line, f"{name} is no phone number (ATTRIBUTION_PHONE_REGION reads national ones)")
    return Row(line, contact_id, lead_id, data)
