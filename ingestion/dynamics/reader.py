"""Reads one table's rows: what changed since its delta link, or all of them where there is none that holds."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

import dlt

from common import settings
from common.errors import AttributionError
from ingestion.dynamics.client import FORMATTED, LOOKUP_TYPE, Client, Page
from ingestion.dynamics.errors import SET_UP, LinkExpired
from ingestion.dynamics.fields import FieldMapping, map_fields
from ingestion.dynamics.objects import LOOKUP_OR_TEXT, REACHED, RawTable
from ingestion.phones import to_e164

Row = dict[str, Any]


class Reader:
    """Shared by the resources of one load. ``notes`` takes what the user should know of the org."""

    def __init__(
        self,
        client: Client,
        variables: dict[str, Any],
        since: datetime | None,
        until: datetime | None,
        notes: list[str],
    ) -> None:
        self.client = client
        self.variables = variables
        self.since = since
        self.until = until
        self.notes = notes
        self.last_read = datetime.min.replace(tzinfo=UTC)
        # What goes into tables of their own, and which raw tables may still add to it.
        self.deletions: list[Row] = []
        self.full_reads: list[Row] = []
        self.unread: set[str] = set()

    def rows(self, table: RawTable, raw_name: str) -> Iterator[Any]:
        """Pages of rows for the raw table ``raw_name``, whose resource calls this."""
        yield from self._rows(table, raw_name)
        self.unread.discard(raw_name)

    def marks(self, collected: list[Row]) -> Iterator[Any]:
        """The rows that are put into ``collected`` (deletions, full_reads) until every raw table was read.

        dlt takes its resources in turn, and goes on to the next one when one has nothing (None) yet.
        """
        yield dlt.mark.materialize_table_schema()
        while self.unread or collected:
            noticed, collected[:] = list(collected), []
            yield noticed or None

    def _rows(self, table: RawTable, raw_name: str) -> Iterator[Any]:
        """As ``rows``.

        Without a window they are what changed since the last load, with what was deleted since. Change tracking
        takes no condition, so a window is read by ``modifiedon``, and leaves the place where loads go on as it was.
        """
        # The table exists after any load, also when there is nothing to put into it.
        yield dlt.mark.materialize_table_schema()
        described = self.client.describe(table.logical_name)
        if described is None:
            self._note_missing_table(table)
            return
        mapping = map_fields(table, described, self.variables)
        self.notes.extend(mapping.notes)
        state = dlt.current.resource_state()
        signature = _signature(table, mapping)
        doing = f"reading {table.logical_name}"

        if (self.since or self.until) and "modifiedon" in mapping.fields:
            link = self._query(table, mapping, _window(self.since, self.until))
            for page in self.client.pages(link, doing):
                yield from self._items(table, raw_name, mapping, page)
            return

        link = self._delta_link(table, state, signature)
        tracked = described.is_tracked and not table.always_whole
        if link and tracked:
            try:
                for page in self.client.pages(link, doing):
                    yield from self._items(table, raw_name, mapping, page)
                    state["delta_link"] = page.delta_link or state["delta_link"]
                return
            except LinkExpired:
                self.notes.append(
                    f"Dynamics 365's {table.logical_name} was read again in full: too long since the last load for "
                    "its change tracking."
                )
        if not tracked and not table.always_whole:
            self.notes.append(
                f"Dynamics 365's {table.logical_name} was read in full: change tracking is off for it; {SET_UP}"
            )
        yield from self._everything(table, raw_name, mapping, state, tracked)
        state["mapping"] = signature

    def _everything(
        self, table: RawTable, raw_name: str, mapping: FieldMapping, state: dict[str, Any], tracked: bool
    ) -> Iterator[Any]:
        """All rows. What an earlier load brought and this one does not see is gone since."""
        state.pop("delta_link", None)
        began = self._now()
        for page in self.client.pages(self._query(table, mapping), f"reading {table.logical_name}", tracked):
            yield from self._items(table, raw_name, mapping, page)
            if page.delta_link:
                state["delta_link"] = page.delta_link
        self.full_reads.append({"table_name": raw_name, "read_at": began})

    def _delta_link(self, table: RawTable, state: dict[str, Any], signature: dict[str, str]) -> str | None:
        """Where the last load stopped, unless other columns or another org are read now."""
        link = state.get("delta_link")
        if not link or urlsplit(link).netloc != urlsplit(self.client.url).netloc:
            return None
        if state.get("mapping") != signature:
            self.notes.append(f"Dynamics 365's {table.logical_name} was read again in full: its columns changed.")
            return None
        return link

    def _items(self, table: RawTable, raw_name: str, mapping: FieldMapping, page: Page) -> Iterator[Any]:
        read_at = self._now()
        rows = [{**_row(table, mapping, record), "read_at": read_at} for record in page.rows]
        if table.has_parties and rows:
            self._add_parties(rows)
        if rows:
            yield rows
        self.deletions += [{"table_name": raw_name, "record_id": key, "read_at": read_at} for key in page.deleted]

    def _add_parties(self, rows: list[Row]) -> None:
        by_activity: dict[str, list[Row]] = {row["id"]: [] for row in rows}
        for party in self.client.parties(list(by_activity)):
            role = REACHED.get(party.get("participationtypemask"))
            if role:
                by_activity[str(party["_activityid_value"]).lower()].append(
                    {
                        "role": role,
                        "party_id": (party.get("_partyid_value") or "").lower() or None,
                        "party_type": party.get(f"_partyid_value{LOOKUP_TYPE}"),
                        "address": party.get("addressused"),
                    }
                )
        for row in rows:
            row["parties"] = sorted(by_activity[row["id"]], key=lambda each: [str(value) for value in each.values()])

    def _query(self, table: RawTable, mapping: FieldMapping, condition: str | None = None) -> str:
        names = dict.fromkeys(mapping.json_name(name) for name in mapping.fields.values())
        return self.client.first_page(table.entity_set, list(names), condition)

    def _now(self) -> datetime:
        """Now, later than every instant that this gave before: the order of reading decides what stays."""
        self.last_read = max(datetime.now(UTC), self.last_read + timedelta(microseconds=1))
        return self.last_read

    def _note_missing_table(self, table: RawTable) -> None:
        if not table.optional:
            raise AttributionError(
                f"Dynamics 365 has no table {table.logical_name}.",
                "DYNAMICS_URL has to name an environment with Dynamics 365 Sales.",
            )
        self.notes.append(f"Dynamics 365 has no {table.logical_name}; that table is empty.")


def _signature(table: RawTable, mapping: FieldMapping) -> dict[str, str]:
    """What the rows in the warehouse were made with: columns by raw column, and the region of phone numbers."""
    behaviors = {f"{name} as": str(mapping.described.columns[name]) for name in table.days if name in mapping.fields}
    return {**mapping.fields, **behaviors, **({"phone region": settings.phone_region()} if table.phones else {})}


def _window(since: datetime | None, until: datetime | None) -> str:
    conditions = [f"modifiedon ge {_literal(since)}"] if since else []
    return " and ".join([*conditions, *([f"modifiedon lt {_literal(until)}"] if until else [])])


def _literal(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _row(table: RawTable, mapping: FieldMapping, record: Row) -> Row:
    """One record as a row of the raw table, with every column of it."""
    row: Row = {}
    for column, hint in table.raw_columns.items():
        name = mapping.fields.get(column)
        if column not in table.days and name is not None:
            row[column] = _value(record, mapping, name, hint["data_type"])
        else:
            row.setdefault(column, None)
    for column in table.days:
        if column in mapping.fields:
            row[column], row[f"{column}_instant"] = _day(record.get(column), mapping.described.columns[column].behavior)
    for column in table.lookups:
        if column in mapping.fields:
            row[f"{column}_type"] = record.get(f"{mapping.json_name(column)}{LOOKUP_TYPE}")
    for column in LOOKUP_OR_TEXT:
        if column in table.by_variable:
            row[f"{column}_is_lookup"] = column in mapping.fields and mapping.is_lookup(mapping.fields[column])
    row["id"] = row["id"].lower()
    del row["read_at"]
    return row | {e164: to_e164(row[as_written]) for e164, as_written in table.phones.items()}


def _day(text: str | None, behavior: str | None) -> tuple[date | None, datetime | None]:
    """(day, instant) of a column that holds a day: only one of them is known.

    A UserLocal column holds midnight of the user who set it, as an instant; the others hold the day itself.
    """
    if text is None:
        return None, None
    if behavior == "UserLocal" and len(text) > 10:
        return None, datetime.fromisoformat(text).astimezone(UTC)
    return date.fromisoformat(text[:10]), None


def _value(record: Row, mapping: FieldMapping, name: str, data_type: str) -> Any:
    """A JSON value of Dataverse's as Python has it; of a choice the label, where a text is wanted."""
    value = record.get(mapping.json_name(name))
    if value is None:
        return None
    match data_type:
        case "timestamp":
            return datetime.fromisoformat(value).astimezone(UTC)
        case "decimal":
            return Decimal(str(value))
        case "text":
            if mapping.is_lookup(name):
                return str(value).lower()
            return str(record.get(f"{name}{FORMATTED}", value) if not isinstance(value, str) else value)
        case _:
            return value
