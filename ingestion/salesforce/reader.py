"""Reads one object's rows: what changed since the last load, or all of them when the mapping changed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import dlt

from common import settings
from common.errors import AttributionError
from ingestion.phones import to_e164
from ingestion.salesforce.client import Client, Described
from ingestion.salesforce.fields import READ_RIGHT, FieldMapping, check_stages, map_fields, named_field, switched_on
from ingestion.salesforce.objects import RawTable

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

    def rows(self, table: RawTable, changed: dlt.sources.incremental[datetime]) -> Iterator[Any]:
        """Pages of rows for the raw table of the resource that calls this.

        Without a window they begin where the last load stopped (less the cursor's lag). With ``since`` they
        begin there; where that would leave a gap behind the last load, the cursor stays where it was.
        """
        # The table exists after any load, also when there is nothing to put into it.
        yield dlt.mark.materialize_table_schema()
        if table.switch and not switched_on(table.switch, self.variables):
            return
        described = self.client.describe(table.object_name)
        if described is None:
            self._note_missing_object(table)
            return
        mapping = map_fields(table, self._with_related(table, described), self.variables)
        self.notes.extend([*mapping.notes, *check_stages(table, described.values, self.variables)])

        state = dlt.current.resource_state()
        signature = _signature(table, mapping)
        begun_before = "mapping" in state
        remapped = begun_before and state["mapping"] != signature
        windowed = self.since is not None or self.until is not None
        stopped_at = state["incremental"][table.cursor]["last_value"]

        start = changed.start_value
        if self.since:
            start = self.since
        elif remapped and not windowed:
            start = None
            self.notes.append(f"Salesforce's {table.object_name} was read again in full: its fields changed.")
        # dlt drops rows before the start value; it takes the one that is set before the first row.
        changed.start_value = start

        soql = _query(table, mapping, start, self.until)
        for page in self.client.pages(soql, table.object_name):
            if page:
                yield [_row(table, mapping, record) for record in page]

        leaves_gap = self.since is not None and stopped_at is not None and self.since > stopped_at
        if leaves_gap:
            state["incremental"][table.cursor]["last_value"] = stopped_at
        # Seen through a window, a new mapping covers a part of the rows; the next full load has to see it as new.
        if not (remapped and windowed):
            state["mapping"] = signature

    def _with_related(self, table: RawTable, described: Described) -> dict[str, str]:
        """Field → type of the object, and of the objects that a var goes through, as in RecordType.DeveloperName."""
        types = dict(described.types)
        for variable, _ in table.by_variable.values():
            asked = (named_field(variable, self.variables) or "").lower()
            for relation, object_name in described.relations.items():
                if asked.startswith(f"{relation.lower()}."):
                    related = self.client.describe(object_name)
                    types |= {f"{relation}.{name}": kind for name, kind in (related.types if related else {}).items()}
        return types

    def _note_missing_object(self, table: RawTable) -> None:
        if not table.optional:
            raise AttributionError(f"Salesforce shows this user no object {table.object_name}.", READ_RIGHT)
        self.notes.append(f"Salesforce has no {table.object_name}, or its user may not read it; that table is empty.")


def _signature(table: RawTable, mapping: FieldMapping) -> dict[str, str]:
    """What the rows in the warehouse were made with: fields by column, and the region of phone numbers."""
    return {**mapping.fields, **({"phone region": settings.phone_region()} if table.phones else {})}


def _query(table: RawTable, mapping: FieldMapping, start: datetime | None, until: datetime | None) -> str:
    """The SOQL for this object: every mapped field once, and the rows of the window."""
    conditions = [table.filter] if table.filter else []
    if stamp := mapping.fields.get(table.cursor):
        conditions += [f"{stamp} >= {_literal(start)}"] if start else []
        conditions += [f"{stamp} < {_literal(until)}"] if until else []
    where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
    return f"SELECT {', '.join(dict.fromkeys(mapping.fields.values()))} FROM {table.object_name}{where}"


def _literal(moment: datetime) -> str:
    """A datetime as SOQL writes it: UTC, not in quotes."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


def _row(table: RawTable, mapping: FieldMapping, record: Row) -> Row:
    """One record as a row of the raw table, with every column of it."""
    hints = {**table.fields, **table.by_variable}
    row: Row = dict.fromkeys(hints)
    for column, field in mapping.fields.items():
        data_type = hints[column][1]["data_type"]
        try:
            row[column] = _value(_found(record, field), data_type)
        except (ValueError, ArithmeticError):
            # What it says may be personal, and so it is in no message and in no traceback.
            raise AttributionError(
                f"Salesforce's {field} of the {table.object_name} {record.get('Id')} can't be read as {data_type}.",
                "Look at it in Salesforce. Nothing of this load was kept.",
            ) from None
    return row | {e164: to_e164(row[as_written]) for e164, as_written in table.phones.items()}


def _found(record: Row, field: str) -> Any:
    """A field's value; one of a related record (``Relationship.Field``) lies inside it, None where there is none.

    In rows of the Bulk API it lies flat, under its whole name.
    """
    if field in record:
        return record[field]
    value: Any = record
    for name in field.split("."):
        value = value and value.get(name)
    return value


def _value(value: Any, data_type: str) -> Any:
    """A value of Salesforce's JSON, or of its CSV, as Python has it."""
    if value is None:
        return None
    match data_type:
        case "timestamp":
            return datetime.fromisoformat(value).astimezone(UTC)
        case "date":
            return date.fromisoformat(value)
        case "decimal":
            return Decimal(str(value))
        case "text":
            return str(value)
        case "bool" if isinstance(value, str):
            return value == "true"
        case _:
            return value
