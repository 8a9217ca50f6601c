"""Runs a parsed query over an org's records, checking fields and value types as Salesforce does."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sandbox.salesforce.errors import QueryError, malformed_query, no_such_column, no_such_object
from sandbox.salesforce.metadata import Field, SObject
from sandbox.salesforce.soql import Comparison, Condition, Literal, Name, Ordering, Query

Record = Mapping[str, Any]
Test = Callable[[Record], bool]

MAXIMUM_OFFSET = 2000
TYPE_WORDS = {"text": "string", "id": "string", "number": "double", "datetime": "dateTime"}
ORDERED = {
    "<": lambda left, right: left < right,
    "<=": lambda left, right: left <= right,
    ">": lambda left, right: left > right,
    ">=": lambda left, right: left >= right,
}


@dataclass(frozen=True)
class Selected:
    """A field to show. With a ``reference`` it is one of the record that this leads to, found in ``parents`` by id."""

    field: Field
    reference: Field | None = None
    parents: Mapping[str, Record] = dataclasses.field(default_factory=dict)


@dataclass(frozen=True)
class Result:
    """The rows found, as org records, with the fields to show; ``fields`` is empty for COUNT()."""

    entity: SObject
    fields: tuple[Selected, ...]
    rows: list[Record]


def run(
    query: Query, objects: Mapping[str, SObject], records: Mapping[str, list[dict[str, Any]]], deleted: bool
) -> Result:
    """Rows of ``records`` that ``query`` finds; ``deleted`` shows those with IsDeleted too. Raises QueryError."""
    return _Run(query, objects, records).result(deleted)


class _Run:
    def __init__(
        self, query: Query, objects: Mapping[str, SObject], records: Mapping[str, list[dict[str, Any]]]
    ) -> None:
        self.query = query
        self.objects = objects
        by_lower_name = {name.lower(): entity for name, entity in objects.items()}
        entity = by_lower_name.get(query.entity.text.lower())
        if entity is None:
            raise no_such_object(query.entity.text, query.text, query.entity.position)
        self.entity = entity
        self.by_lower_name = by_lower_name
        self.records = records

    def result(self, deleted: bool) -> Result:
        fields = self.selected()
        test = self.condition(self.query.condition) if self.query.condition else None
        keys = [(self.field(ordering.field), ordering) for ordering in self.query.order]
        if self.query.offset > MAXIMUM_OFFSET:
            raise QueryError("NUMBER_OUTSIDE_VALID_RANGE", f"Maximum SOQL offset allowed is {MAXIMUM_OFFSET}")
        rows: Iterable[Record] = self.records.get(self.entity.name, [])
        if not deleted:
            rows = (row for row in rows if not row.get("IsDeleted"))
        found = [row for row in rows if test is None or test(row)]
        for field, ordering in reversed(keys):
            found = _sorted(found, field, ordering)
        end = None if self.query.limit is None else self.query.offset + self.query.limit
        return Result(self.entity, fields, found[self.query.offset : end])

    def selected(self) -> tuple[Selected, ...]:
        fields: list[Selected] = []
        for name in self.query.fields:
            selected = self.of_related(name) or Selected(self.field(name))
            if any((selected.field, selected.reference) == (each.field, each.reference) for each in fields):
                raise malformed_query(f"duplicate field selected: {name.text}")
            fields.append(selected)
        return tuple(fields)

    def of_related(self, name: Name) -> Selected | None:
        """``Relationship.Field`` as a field of the record that the relationship leads to; None for another name."""
        parent, _, own = name.text.rpartition(".")
        for reference in self.entity.fields.values():
            if reference.relationship is None or reference.relationship.lower() != parent.lower():
                continue
            entity = self.by_lower_name.get(str(reference.refers_to).lower())
            field = entity and entity.field(own)
            if field is None:
                raise no_such_column(own, str(reference.refers_to), self.query.text, name.position)
            parents = {row["Id"]: row for row in self.records.get(str(reference.refers_to), [])}
            return Selected(field, reference, parents)
        return None

    def field(self, name: Name) -> Field:
        """The field of that name, which may carry the object's own name before it."""
        parent, _, own = name.text.rpartition(".")
        if parent and parent.lower() != self.entity.name.lower():
            raise QueryError(
                "INVALID_FIELD",
                f"Didn't understand relationship '{parent}' in field path. If you are attempting to use a "
                "custom relationship, be sure to append the '__r' after the custom relationship name. Please "
                "reference your WSDL or the describe call for the appropriate names.",
            )
        field = self.entity.field(own)
        if field is None:
            raise no_such_column(own, self.entity.name, self.query.text, name.position)
        return field

    def condition(self, condition: Condition) -> Test:
        if isinstance(condition, Comparison):
            return self.comparison(condition)
        tests = [self.condition(operand) for operand in condition.operands]
        if condition.operator == "not":
            return lambda row: not tests[0](row)
        decide = all if condition.operator == "and" else any
        return lambda row: decide(test(row) for test in tests)

    def comparison(self, comparison: Comparison) -> Test:
        field = self.field(comparison.field)
        operator = comparison.operator
        if operator == "like":
            return _like(field, str(comparison.literals[0].value))
        wanted = [_filter_value(field, literal) for literal in comparison.literals]
        if operator in ("in", "not in"):
            return lambda row: (_value(field, row) in wanted) == (operator == "in")
        if operator in ("=", "!="):
            return lambda row: (_value(field, row) == wanted[0]) == (operator == "=")
        if field.kind in ("boolean", "id") and comparison.literals[0].kind != "null":
            raise QueryError(
                "INVALID_QUERY_FILTER_OPERATOR",
                f"field '{field.name}' of type {field.type} does not support operator '{operator}'",
            )
        holds = ORDERED[operator]

        def ordered(row: Record) -> bool:
            value = _value(field, row)
            return value is not None and wanted[0] is not None and holds(value, wanted[0])

        return ordered


def _filter_value(field: Field, literal: Literal) -> Any:
    """The literal in the form that ``_value`` gives; raises INVALID_FIELD where its type does not fit the field."""
    if literal.kind == "null":
        return False if field.kind == "boolean" else None
    expected = "text" if field.kind == "id" else field.kind
    if literal.kind != expected:
        quotes = "should" if expected == "text" else "should not"
        raise QueryError(
            "INVALID_FIELD",
            f"value of filter criterion for field '{field.name}' must be of type "
            f"{TYPE_WORDS.get(field.kind, field.kind)} and {quotes} be enclosed in quotes",
        )
    if field.kind == "id":
        return _comparable_id(field, str(literal.value))
    return str(literal.value).lower() if field.kind == "text" else literal.value


def _comparable_id(field: Field, text: str) -> str:
    """An id's first 15 characters, which tell it whole: the other three are a checksum."""
    if not re.fullmatch(r"[A-Za-z0-9]{15}([A-Za-z0-9]{3})?", text):
        raise QueryError("INVALID_QUERY_FILTER_OPERATOR", f"invalid ID field: {text}")
    return text[:15]


def _value(field: Field, row: Record) -> Any:
    """A record's value in the form that compares: text without case, ids by 15 characters, dates as such."""
    value = row.get(field.name)
    if field.kind == "boolean":
        return bool(value)
    if value is None or value == "":
        return None
    match field.kind:
        case "text":
            return str(value).lower()
        case "id":
            return str(value)[:15]
        case "number":
            return Decimal(str(value))
        case "date":
            return date.fromisoformat(value)
        case _:
            return datetime.fromisoformat(value)


def _like(field: Field, pattern: str) -> Test:
    """``%`` any text, ``_`` one character, a backslash takes the meaning from what follows; case does not count."""
    if field.kind != "text":
        raise QueryError(
            "INVALID_FIELD",
            f"invalid operator on {field.type} field: field '{field.name}' does not support operator 'LIKE'",
        )
    expression = ""
    for piece in re.findall(r"\\.|.", pattern, flags=re.DOTALL):
        expression += {"%": ".*", "_": "."}.get(piece, re.escape(piece[-1]))
    compiled = re.compile(expression, re.IGNORECASE | re.DOTALL)
    return lambda row: bool(compiled.fullmatch(row.get(field.name) or ""))


def _sorted(rows: list[Record], field: Field, ordering: Ordering) -> list[Record]:
    """A stable sort by one field, with the empty ones where the query wants them."""
    filled = [row for row in rows if _value(field, row) is not None]
    empty = [row for row in rows if _value(field, row) is None]
    filled.sort(key=lambda row: _value(field, row), reverse=ordering.descending)
    return empty + filled if ordering.nulls_first else filled + empty
