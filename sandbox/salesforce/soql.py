"""A subset of SOQL, parsed by recursive descent. What is outside the subset is MALFORMED_QUERY, never guessed at.

    SELECT field, Parent.field | COUNT() FROM object
    [WHERE condition] [ORDER BY field [ASC|DESC] [NULLS FIRST|LAST], …] [LIMIT n] [OFFSET n]

As in Salesforce, AND and OR mix only with parentheses, and NOT negates one comparison or one parenthesis.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from sandbox.salesforce.errors import malformed_query

TOKEN = re.compile(
    r"""\s*(?:
        (?P<string>'(?:[^'\\]|\\.)*')
      | (?P<datetime>\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:Z|[+-]\d{2}:?\d{2}))
      | (?P<date>\d{4}-\d{2}-\d{2}(?![\dT]))
      | (?P<number>[+-]?(?:\d+\.\d*|\.\d+|\d+)(?![\w.]))
      | (?P<name>[A-Za-z]\w*(?:\.[A-Za-z]\w*)*)
      | (?P<operator><=|>=|!=|<>|=|<|>)
      | (?P<mark>[(),])
    )""",
    re.VERBOSE,
)
ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f", '"': '"', "'": "'", "\\": "\\"}
RESERVED = frozenset(
    {"select", "from", "where", "and", "or", "not", "in", "like", "order", "by", "asc", "desc", "nulls"}
    | {"first", "last", "limit", "offset", "group", "having"}
)


@dataclass(frozen=True)
class Literal:
    """A value in a filter; ``kind`` is text, number, boolean, date, datetime or null."""

    kind: str
    value: str | Decimal | bool | date | datetime | None


@dataclass(frozen=True)
class Name:
    """A field or object as written, and where it stands in the query."""

    text: str
    position: int


@dataclass(frozen=True)
class Comparison:
    """``field operator literals``: one literal, or several for IN and NOT IN. LIKE patterns stay escaped."""

    field: Name
    operator: str
    literals: tuple[Literal, ...]


@dataclass(frozen=True)
class Logical:
    """``and`` / ``or`` over two or more operands, ``not`` over one."""

    operator: str
    operands: tuple[Condition, ...]


Condition = Comparison | Logical


@dataclass(frozen=True)
class Ordering:
    """One key of ORDER BY."""

    field: Name
    descending: bool
    nulls_first: bool


@dataclass(frozen=True)
class Query:
    """A parsed query; ``fields`` is empty for COUNT()."""

    text: str
    fields: tuple[Name, ...]
    entity: Name
    condition: Condition | None
    order: tuple[Ordering, ...]
    limit: int | None
    offset: int


@dataclass(frozen=True)
class Token:
    kind: str
    text: str
    position: int

    @property
    def word(self) -> str:
        """The keyword that this is, in lower case; empty for anything but a name."""
        return self.text.lower() if self.kind == "name" else ""


def parse(soql: str) -> Query:
    """The query, or QueryError with MALFORMED_QUERY."""
    return _Parser(soql).query()


def tokens_of(soql: str) -> list[Token]:
    """Split into tokens; ends with one of kind ``end``."""
    tokens, position = [], 0
    end = len(soql.rstrip())
    while position < end:
        match = TOKEN.match(soql, position)
        if not match:
            start = position + len(soql[position:]) - len(soql[position:].lstrip())
            raise malformed_query(f"unexpected token: '{soql[start]}'", soql, start)
        kind = match.lastgroup or ""
        tokens.append(Token(kind, match[kind], match.start(kind)))
        position = match.end()
    return [*tokens, Token("end", "<EOF>", end)]


class _Parser:
    def __init__(self, soql: str) -> None:
        self.soql = soql
        self.tokens = tokens_of(soql)
        self.index = 0

    @property
    def here(self) -> Token:
        return self.tokens[self.index]

    def unexpected(self, token: Token | None = None) -> Exception:
        token = token or self.here
        return malformed_query(f"unexpected token: '{token.text}'", self.soql, token.position)

    def advance(self) -> Token:
        token = self.here
        self.index += 1
        return token

    def taken(self, *words: str) -> bool:
        """Step over these keywords or marks if all of them come next."""
        following = self.tokens[self.index : self.index + len(words)]
        if [token.word or token.text for token in following] != list(words):
            return False
        self.index += len(words)
        return True

    def expect(self, *words: str) -> None:
        if not self.taken(*words):
            raise self.unexpected()

    def name(self) -> Name:
        if self.here.kind != "name" or self.here.word in RESERVED:
            raise self.unexpected()
        token = self.advance()
        return Name(token.text, token.position)

    def query(self) -> Query:
        self.expect("select")
        fields = self.selected()
        self.expect("from")
        entity = self.name()
        condition = self.condition() if self.taken("where") else None
        order = self.ordering() if self.taken("order", "by") else ()
        limit = self.whole_number() if self.taken("limit") else None
        offset = self.whole_number() if self.taken("offset") else 0
        if self.here.kind != "end":
            raise self.unexpected()
        return Query(self.soql, fields, entity, condition, order, limit, offset)

    def selected(self) -> tuple[Name, ...]:
        if self.here.word == "count" and self.tokens[self.index + 1].text == "(":
            self.advance()
            self.expect("(")
            self.expect(")")
            return ()
        fields = [self.name()]
        while self.taken(","):
            fields.append(self.name())
        return tuple(fields)

    def condition(self) -> Condition:
        if self.taken("not"):
            return Logical("not", (self.operand(),))
        first = self.operand()
        operator = self.here.word
        if operator not in ("and", "or"):
            return first
        operands = [first]
        while self.taken(operator):
            operands.append(self.operand())
        if self.here.word in ("and", "or"):
            raise self.unexpected()
        return Logical(operator, tuple(operands))

    def operand(self) -> Condition:
        if self.taken("("):
            inner = self.condition()
            self.expect(")")
            return inner
        return self.comparison()

    def comparison(self) -> Comparison:
        field = self.name()
        if self.here.kind == "operator":
            operator = self.advance().text
            return Comparison(field, "!=" if operator == "<>" else operator, (self.literal(),))
        if self.taken("like"):
            if self.here.kind != "string":
                raise self.unexpected()
            return Comparison(field, "like", (Literal("text", self.advance().text[1:-1]),))
        if self.taken("not", "in"):
            return Comparison(field, "not in", self.literals())
        self.expect("in")
        return Comparison(field, "in", self.literals())

    def literals(self) -> tuple[Literal, ...]:
        self.expect("(")
        values = [self.literal()]
        while self.taken(","):
            values.append(self.literal())
        self.expect(")")
        return tuple(values)

    def literal(self) -> Literal:
        token = self.advance()
        if token.kind == "string":
            return Literal("text", self.unescaped(token))
        if token.kind == "number":
            return Literal("number", Decimal(token.text))
        if token.kind in ("date", "datetime"):
            return self.instant(token)
        if token.word in ("true", "false"):
            return Literal("boolean", token.word == "true")
        if token.word == "null":
            return Literal("null", None)
        raise self.unexpected(token)

    def instant(self, token: Token) -> Literal:
        try:
            if token.kind == "date":
                return Literal("date", date.fromisoformat(token.text))
            return Literal("datetime", datetime.fromisoformat(token.text))
        except ValueError as error:
            raise malformed_query(f"Invalid {token.kind}: {token.text}", self.soql, token.position) from error

    def unescaped(self, token: Token) -> str:
        def plain(match: re.Match[str]) -> str:
            if match[1] not in ESCAPES:
                raise malformed_query(
                    f"Illegal escape sequence '\\{match[1]}'", self.soql, token.position + match.start()
                )
            return ESCAPES[match[1]]

        return re.sub(r"\\(.)", plain, token.text[1:-1], flags=re.DOTALL)

    def ordering(self) -> tuple[Ordering, ...]:
        keys = []
        while True:
            field = self.name()
            descending = self.taken("desc")
            if not descending:
                self.taken("asc")
            nulls_first = True
            if self.taken("nulls"):
                nulls_first = self.taken("first")
                if not nulls_first:
                    self.expect("last")
            keys.append(Ordering(field, descending, nulls_first))
            if not self.taken(","):
                return tuple(keys)

    def whole_number(self) -> int:
        if self.here.kind != "number" or not self.here.text.isdigit():
            raise self.unexpected()
        return int(self.advance().text)
