"""A subset of OData's $filter, parsed by recursive descent; what is outside the subset is refused, never guessed at.

    column eq|ne|gt|ge|lt|le literal, contains|startswith|endswith(column,'text'), and, or, not, parentheses

``and`` binds closer than ``or``, as in OData 4.0 (part 2, 5.1.1.14). Text is compared without regard to case, as
Dataverse's database does.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sandbox.dynamics.errors import bad_request, no_such_property
from sandbox.dynamics.metadata import Table

Row = Mapping[str, Any]
Test = Callable[[Row], bool]

TOKEN = re.compile(
    r"""\s*(?:
        (?P<string>'(?:[^']|'')*')
      | (?P<guid>[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12})
      | (?P<datetime>\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:\d{2}))
      | (?P<date>\d{4}-\d{2}-\d{2})
      | (?P<number>-?\d+(?:\.\d+)?)
      | (?P<name>[A-Za-z_]\w*)
      | (?P<mark>[(),])
    )""",
    re.VERBOSE,
)
OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "eq": lambda left, right: left == right,
    "ne": lambda left, right: left != right,
    "gt": lambda left, right: left > right,
    "ge": lambda left, right: left >= right,
    "lt": lambda left, right: left < right,
    "le": lambda left, right: left <= right,
}
FUNCTIONS: dict[str, Callable[[str, str], bool]] = {
    "contains": lambda text, part: part in text,
    "startswith": lambda text, part: text.startswith(part),
    "endswith": lambda text, part: text.endswith(part),
}
LITERALS = {
    "Edm.Guid": ("guid",),
    "Edm.String": ("string",),
    "Edm.Int32": ("number",),
    "Edm.Int64": ("number",),
    "Edm.Decimal": ("number",),
    "Edm.Boolean": ("name",),
    "Edm.Date": ("date",),
    "Edm.DateTimeOffset": ("datetime",),
}


@dataclass(frozen=True)
class Token:
    kind: str
    text: str


def parse(text: str, table: Table) -> Test:
    """The condition on rows of ``table``; raises ApiError for what Dataverse would refuse."""
    parser = _Parser(text, table)
    test = parser.any_of()
    if parser.here.kind != "end":
        raise parser.unexpected()
    return test


def comparable(value: Any, edm: str) -> Any:
    """A row's value, so that two of them can be compared."""
    if value is None:
        return None
    if edm == "Edm.DateTimeOffset":
        return datetime.fromisoformat(value)
    if edm == "Edm.Date":
        return date.fromisoformat(value)
    return value.lower() if edm in ("Edm.String", "Edm.Guid") else value


class _Parser:
    def __init__(self, text: str, table: Table) -> None:
        self.columns = table.by_property
        self.table = table
        self.tokens: list[Token] = []
        position, end = 0, len(text.rstrip())
        while position < end:
            match = TOKEN.match(text, position)
            if match is None:
                raise bad_request(f"Syntax error: character '{text[position]}' is not valid at position {position}.")
            kind = match.lastgroup or ""
            self.tokens.append(Token(kind, match[kind]))
            position = match.end()
        self.tokens.append(Token("end", ""))
        self.index = 0

    @property
    def here(self) -> Token:
        return self.tokens[self.index]

    def advance(self) -> Token:
        token = self.here
        self.index += 1
        return token

    def taken(self, text: str) -> bool:
        if self.here.text != text or self.here.kind == "string":
            return False
        self.index += 1
        return True

    def expect(self, text: str) -> None:
        if not self.taken(text):
            raise self.unexpected()

    def unexpected(self) -> Exception:
        return bad_request(f"Syntax error at '{self.here.text or 'the end'}' in the $filter expression.")

    def any_of(self) -> Test:
        tests = [self.all_of()]
        while self.taken("or"):
            tests.append(self.all_of())
        return tests[0] if len(tests) == 1 else lambda row: any(test(row) for test in tests)

    def all_of(self) -> Test:
        tests = [self.single()]
        while self.taken("and"):
            tests.append(self.single())
        return tests[0] if len(tests) == 1 else lambda row: all(test(row) for test in tests)

    def single(self) -> Test:
        if self.taken("not"):
            negated = self.single()
            return lambda row: not negated(row)
        if self.taken("("):
            inner = self.any_of()
            self.expect(")")
            return inner
        if self.here.text in FUNCTIONS:
            return self.function()
        return self.comparison()

    def column(self) -> tuple[str, str]:
        """Property and Edm type of the column named here."""
        if self.here.kind != "name":
            raise self.unexpected()
        name = self.advance().text
        if name not in self.columns:
            raise no_such_property(name, self.table.logical_name)
        return name, self.columns[name].edm

    def function(self) -> Test:
        function = FUNCTIONS[self.advance().text]
        self.expect("(")
        name, _ = self.column()
        self.expect(",")
        if self.here.kind != "string":
            raise self.unexpected()
        part = self.advance().text[1:-1].replace("''", "'").lower()
        self.expect(")")
        return lambda row: row.get(name) is not None and function(str(row[name]).lower(), part)

    def comparison(self) -> Test:
        name, edm = self.column()
        operator = self.here.text
        if operator not in OPERATORS:
            raise self.unexpected()
        self.advance()
        compare, literal = OPERATORS[operator], self.literal(edm)
        if literal is None:
            return (lambda row: row.get(name) is None) if operator == "eq" else (lambda row: row.get(name) is not None)

        def test(row: Row) -> bool:
            value = comparable(row.get(name), edm)
            # A column without a value is unequal to every literal, and neither below nor above it.
            return operator == "ne" if value is None else compare(value, literal)

        return test

    def literal(self, edm: str) -> Any:
        token = self.advance()
        if token.text == "null" and token.kind == "name":
            return None
        if token.kind not in LITERALS[edm]:
            raise bad_request(f"A binary operator with incompatible types was detected: {edm} and '{token.text}'.")
        if token.kind == "string":
            return token.text[1:-1].replace("''", "'").lower()
        if token.kind == "number":
            return float(token.text) if "." in token.text else int(token.text)
        if token.kind == "name":
            if token.text not in ("true", "false"):
                raise bad_request(f"Could not find a property named '{token.text}'.")
            return token.text == "true"
        return comparable(token.text, edm)
