"""Which rows of the raw tables are a person's: looked for in SQL, then judged by the rule that loads go by too."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

import phonenumbers

from common import settings
from common.warehouse import Warehouse
from forget.person import Person, RawTable, raw_tables
from ingestion.stop_list import KEYS, StopList

# A Salesforce id is written in 15 or 18 characters; the first 15 are common to both.
SALESFORCE_SHORT, SALESFORCE_LONG = 15, 18


def entries(stop_list: StopList, person: Person) -> set[str]:
    """Hashes of all that names the person or one of the person's records."""
    found = {stop_list.hash("id", each) for each in person.ids}
    found |= {stop_list.hash("phone", each) for each in person.phones}
    found |= {stop_list.hash("email", each) for each in person.emails}
    for kind, records in (("touch_id", person.touches), ("conversion_id", person.conversions)):
        for source, record in records:
            columns = (kind,) if source == "files" else KEYS
            found |= {stop_list.hash("row", f"{source}.{column}|{record}") for column in columns}
    # An event may name the record of another source.
    found |= {stop_list.hash("row", f"webhook.conversion_id|{record}") for _, record in person.conversions}
    return found


def find(
    warehouse: Warehouse, person: Person, own: StopList, filled: Mapping[str, str]
) -> dict[RawTable, list[dict[str, Any]]]:
    """The person's rows by table; ``own`` holds the person's entries and no others."""
    found: dict[RawTable, list[dict[str, Any]]] = {}
    wanted = pattern(person)
    records = sorted({record for _, record in person.touches | person.conversions})
    for table in raw_tables(warehouse, filled):
        texts = [name for name in table.columns if not name.startswith("_dlt")]
        conditions = [_matches(f"lower(cast({name} as varchar))") for name in texts] if wanted else []
        parameters: list[Any] = [wanted] * len(conditions)
        for name in (each for each in KEYS if each in texts and records):
            conditions.append(f"cast({name} as varchar) in ({', '.join('?' for _ in records)})")
            parameters += records
        if not conditions:
            continue
        rows = warehouse.query(
            f"select {', '.join(table.columns)} from {table} where {' or '.join(conditions)}", parameters
        )
        if own_rows := [row for row in rows if own.has_row(table.source, {name: _plain(row[name]) for name in texts})]:
            found[table] = own_rows
    return found


def pattern(person: Person) -> str:
    """A regular expression for text in lower case that names the person, and for some that does not."""
    ids = {each[:SALESFORCE_SHORT] if len(each) == SALESFORCE_LONG else each for each in person.ids}
    parts = [re.escape(each.lower()) for each in sorted(ids | person.emails)]
    for number in sorted(person.phones):
        # Written nationally, with anything that is no digit between the digits.
        digits = str(phonenumbers.parse(number).national_number)
        parts.append("[^0-9]{0,3}".join(digits))
    return "|".join(parts)


def keys(table: RawTable, rows: Iterable[dict[str, Any]]) -> list[str]:
    """The ids by which the rows of another loader's table are found there."""
    column = next((name for name in KEYS if name in table.columns), table.columns[0])
    return sorted(str(row[column]) for row in rows)


def delete(cursor: Any, table: RawTable, rows: Iterable[dict[str, Any]]) -> None:
    """Take these rows out, by dlt's own key."""
    keys = [row["_dlt_id"] for row in rows]
    cursor.execute(f"delete from {table} where _dlt_id in ({', '.join('?' for _ in keys)})", keys)


def _matches(text: str) -> str:
    if settings.target() == "snowflake":
        return f"regexp_instr({text}, ?) > 0"
    return f"regexp_matches({text}, ?)"


def _plain(value: Any) -> Any:
    """A JSON column comes as text: what it holds."""
    if isinstance(value, str) and value[:1] in ("{", "["):
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value
