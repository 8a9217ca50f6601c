"""People who asked to be forgotten: hashes of what names them, against which every load holds every row.

The hashes are keyed with a random key that stands beside them, in the warehouse's schema ``privacy``: whoever may read
that schema could try all phone numbers, so it is granted to nobody; docs/forget.md says so. A row that names a person
on the list is left out before anything of it is stored, and counted. Rows that another loader stored are left out by
the models of staging.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from dlt.extract import DltSource

from common.dbt_vars import dbt_vars
from common.warehouse import Warehouse
from common.words import number
from ingestion.phones import to_e164

SCHEMA = "privacy"
TABLES = {
    "stop_list_key": "hash_key varchar",
    "stop_list": "hash varchar, forgotten_at timestamp",
}
# Columns that hold the id of a row itself, or of the opportunity that it is a part of.
KEYS = ("id", "touch_id", "conversion_id", "event_id", "conversation_id", "opportunity_id")
# From this length on an id is taken for the same one wherever it stands; a shorter one only where a lead is named.
DISTINCT_ID = 12
# A longer text is no id, number or address (RFC 3696 allows one of 320 characters).
LONGEST = 320
# What may be a number with nothing else in it; at most so long.
PHONE = re.compile(r"(?:tel:|sips?:|sms:)?[+(\d][\d\s().\-/]{5,30}(?:@.*)?", re.IGNORECASE)
_SALESFORCE = re.compile(r"(?:00Q|003|701|006|00U|00T|00v)[A-Za-z0-9]{12}")
_CHECKSUM = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"


@dataclass(frozen=True)
class StopList:
    """What is on the list. ``lead_names`` are columns and attributes that name a lead, in lower case."""

    key: bytes
    hashes: frozenset[str]
    lead_names: frozenset[str] = field(default_factory=lambda: configured_lead_names())

    def hash(self, kind: str, text: str) -> str:
        """The entry for one id, phone, e-mail address or row; ``kind`` says which of them.

        The macro without_forgotten makes the same in SQL.
        """
        return hashlib.sha256(f"{self.key.hex()}|{kind}|{text}".encode()).hexdigest()

    def has_row(self, source: str, row: Mapping[str, Any]) -> bool:
        """Whether the row is one that was taken out, or names somebody who is on the list, anywhere in it."""
        return any(self.has_value(source, name, text) for name, text in texts(row))

    def has_value(self, source: str, name: str, value: str | None) -> bool:
        """The same for one value of the column or field ``name``."""
        if not value or len(value) > LONGEST:
            return False
        if name in KEYS and self.hash("row", f"{source}.{name}|{value}") in self.hashes:
            return True
        lead = lead_id(value)
        if (len(lead) >= DISTINCT_ID or name.lower() in self.lead_names or "lead" in name.lower()) and self.hash(
            "id", lead
        ) in self.hashes:
            return True
        if "@" in value and self.hash("email", email(value)) in self.hashes:
            return True
        number = phone(value)
        return number is not None and self.hash("phone", number) in self.hashes

    def without(self, source: str, table: pa.Table) -> pa.Table:
        """The rows of a table that may be stored."""
        left_out = pa.repeat(False, table.num_rows)
        for name in table.schema.names:
            column = table.column(name)
            if not pa.types.is_string(column.type):
                continue
            found = [each for each in pc.unique(column).to_pylist() if self.has_value(source, name, each)]
            if found:
                left_out = pc.or_(left_out, pc.is_in(column, pa.array(found, pa.string())))
        return table.filter(pc.invert(left_out))


class Guard:
    """Stands at the end of every resource of a load. ``left_out`` is how many rows it has kept away so far."""

    def __init__(self, stop_list: StopList | None) -> None:
        self.stop_list = stop_list
        self.left_out = 0

    def watch(self, source: DltSource) -> None:
        """Let through what names nobody on the list; without a list nothing is looked at."""
        if self.stop_list is None:
            return
        for resource in source.resources.values():
            resource.add_map(lambda item: self._table(source.name, item))
            resource.add_filter(lambda item: self._may_pass(source.name, item))

    def _table(self, source: str, item: Any) -> Any:
        if not isinstance(item, pa.Table) or self.stop_list is None:
            return item
        kept = self.stop_list.without(source, item)
        self.left_out += item.num_rows - kept.num_rows
        return kept

    def _may_pass(self, source: str, item: Any) -> bool:
        if not isinstance(item, Mapping) or self.stop_list is None or not self.stop_list.has_row(source, item):
            return True
        self.left_out += 1
        return False

    def notes(self) -> list[str]:
        """What the user should know of it."""
        rows = number(self.left_out, "row that names", "rows that name")
        return [f"{rows} a person who was forgotten: left out"] if self.left_out else []


def read(warehouse: Warehouse) -> StopList | None:
    """The list as it is; None where nobody was ever forgotten."""
    if not warehouse.exists(SCHEMA, "stop_list"):
        return None
    hashes = frozenset(row["hash"] for row in warehouse.query(f"select hash from {SCHEMA}.stop_list"))
    return StopList(_key(warehouse), hashes) if hashes else None


def make_tables(warehouse: Warehouse) -> bytes:
    """Make schema, tables and key where they are missing; returns the key."""
    warehouse.execute(f"create schema if not exists {SCHEMA}")
    for table, columns in TABLES.items():
        warehouse.execute(f"create table if not exists {SCHEMA}.{table} ({columns})")
    if not warehouse.query(f"select hash_key from {SCHEMA}.stop_list_key"):
        warehouse.execute(f"insert into {SCHEMA}.stop_list_key values (?)", [secrets.token_hex(32)])
    return _key(warehouse)


def _key(warehouse: Warehouse) -> bytes:
    return bytes.fromhex(warehouse.query(f"select hash_key from {SCHEMA}.stop_list_key")[0]["hash_key"])


def configured_lead_names() -> frozenset[str]:
    """How the lead's id is called among the attributes of conversations and the columns of contact lists."""
    names = dbt_vars().get("genesys_attributes")
    return frozenset({str(names[3]).lower()} if isinstance(names, list) and len(names) == 4 else ())


def lead_id(text: str) -> str:
    """An id without blanks around it, one of Salesforce in its 18 characters (the last three are a checksum of case).

    >>> lead_id(" 00Q5g00000AbCdE ")
    '00Q5g00000AbCdEEAV'
    """
    text = text.strip()
    if not _SALESFORCE.fullmatch(text):
        return text
    chunks = [text[start : start + 5] for start in (0, 5, 10)]
    return text + "".join(
        _CHECKSUM[sum(2**place for place, letter in enumerate(chunk) if "A" <= letter <= "Z")] for chunk in chunks
    )


def email(text: str) -> str:
    """An address as identity compares it."""
    return text.strip().lower().removeprefix("mailto:")


def phone(text: str) -> str | None:
    """A text that is a phone number and nothing else, in E.164; else None."""
    text = text.strip()
    return to_e164(text) if PHONE.fullmatch(text) else None


def texts(value: Any, name: str = "") -> Iterator[tuple[str, str]]:
    """Every text in a row, also inside lists and mappings, with the name of the column or field that it stands in."""
    if isinstance(value, str):
        yield name, value
    elif isinstance(value, Mapping):
        for inner, content in value.items():
            yield from texts(content, str(inner))
    elif isinstance(value, list | tuple):
        for content in value:
            yield from texts(content, name)
