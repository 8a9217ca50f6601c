"""CSV, JSON lines and Parquet → batches of raw values with the line of each row, not yet given a meaning."""

from __future__ import annotations

import csv
import itertools
import json
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from common.errors import AttributionError
from ingestion.files.lines import text_lines
from ingestion.files.problems import shown
from ingestion.files.source import ARROW_BATCH_ROWS, BATCH_ROWS, Batch, SourceFile, empty_error

DELIMITERS = ",;\t"


def read(source: SourceFile) -> Iterator[Batch]:
    """All rows of the file. A row that can't be taken apart goes to ``source.problems`` and is left out.

    Raises AttributionError where the file as a whole can't be read.
    """
    readers: dict[str, Callable[[SourceFile], Iterator[Batch]]] = {
        "csv": read_csv,
        "jsonl": read_jsonl,
        "parquet": read_parquet,
    }
    return readers[source.format](source)


def read_csv(source: SourceFile) -> Iterator[Batch]:
    """Lines are counted as an editor does, the header being 1; a row is where it begins."""
    lines = text_lines(source.path, source.compressed)
    before = 0
    for first in lines:
        if first.strip():
            break
        before += 1
    else:
        raise empty_error(source.path, source.table, "csv")
    delimiter, skip_blanks = _delimiter(first, {column.name for column in source.table.columns})
    rows = csv.reader(itertools.chain([first], lines), delimiter=delimiter, skipinitialspace=skip_blanks, strict=True)
    header: list[str] | None = None
    positions: dict[str, int] = {}
    unnamed: list[int] = []
    taken: list[list[str]] = []
    numbers: list[int] = []
    last = 0
    while True:
        try:
            row = next(rows, None)
        except csv.Error as error:
            source.problems.add([(before + last + 1, -1, f": {_csv_reason(error)}")])
            row = None
        if row is None:
            break
        line, last = before + last + 1, rows.line_num
        if header is None:
            header = row
            positions = source.match_header(header)
            unnamed = [place for place, name in enumerate(header) if not name.strip()]
            continue
        if not row:
            continue
        if len(row) != len(header) or (unnamed and any(row[place].strip() for place in unnamed)):
            source.problems.add([(line, -1, _width_reason(row, len(header) - len(unnamed), delimiter))])
            continue
        taken.append(row)
        numbers.append(line)
        if len(taken) == BATCH_ROWS:
            yield _csv_batch(taken, numbers, positions)
            taken, numbers = [], []
    if taken:
        yield _csv_batch(taken, numbers, positions)


def _csv_batch(rows: list[list[str]], numbers: list[int], positions: dict[str, int]) -> Batch:
    columns = list(zip(*rows, strict=True))
    return Batch(numbers, {name: columns[place] for name, place in positions.items()})  # type: ignore[misc]


def _delimiter(header: str, known: set[str]) -> tuple[str, bool]:
    """The delimiter by which the header names most of the columns; and whether a blank follows it each time."""

    def names(delimiter: str) -> list[str]:
        try:
            return next(csv.reader([header], delimiter=delimiter, skipinitialspace=True))
        except csv.Error:
            return []

    best = max(
        DELIMITERS,
        key=lambda sign: (sum(name.strip().lower() in known for name in names(sign)), len(names(sign))),
    )
    written = next(csv.reader([header], delimiter=best))
    return best, len(written) > 1 and all(name.startswith(" ") for name in written[1:])


def _csv_reason(error: csv.Error) -> str:
    text = str(error)
    if "unexpected end" in text or "field limit" in text:
        return "a double quote opens a value that never ends; close it, or write a quote inside a value twice"
    if "expected after" in text:
        return "text follows a closing double quote; write a quote inside a value twice"
    return f"it is no CSV ({text})"


def _width_reason(row: list[str], width: int, delimiter: str) -> str:
    sign = {",": "comma", ";": "semicolon", "\t": "tab"}[delimiter]
    filled = f" ({', '.join(shown(value) for value in row)})" if len(row) <= 20 else ""
    if len(row) < width:
        return f": {len(row)} values{filled} for {width} columns; the row is cut short or lacks a {sign}"
    return (
        f": more values{filled} than the {width} columns; a value that has a {sign} stands in double quotes, "
        "and a number is written without: 1234.50"
    )


def read_jsonl(source: SourceFile) -> Iterator[Batch]:
    """One JSON object a line; blank lines are passed over. Every batch has all columns of the table."""
    known = [column.name for column in source.table.columns]
    names: dict[str, str] = {}
    rows: list[dict[str, Any]] = []
    numbers: list[int] = []
    read_any = False
    decoder = json.JSONDecoder(parse_float=Decimal, object_pairs_hook=_object)
    for line, text in enumerate(text_lines(source.path, source.compressed), 1):
        if text.isspace():
            continue
        read_any = True
        try:
            found = decoder.decode(text.strip())
            if not isinstance(found, dict):
                raise _NoObject(f"{type(found).__name__} where an object belongs")
            row = _by_column(found, names, known, source)
        except (ValueError, RecursionError) as error:
            source.problems.add([(line, -1, _json_reason(error, text))])
            continue
        rows.append(row)
        numbers.append(line)
        if len(rows) == BATCH_ROWS:
            yield Batch(numbers, {name: [row.get(name) for row in rows] for name in known})
            rows, numbers = [], []
    if not read_any:
        raise empty_error(source.path, source.table, "jsonl")
    if rows:
        yield Batch(numbers, {name: [row.get(name) for row in rows] for name in known})


class _NoObject(ValueError):
    """A line that is JSON but no row."""


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        twice = next(name for name in found if sum(name == other for other, _ in pairs) > 1)
        raise _NoObject(f"the name {twice!r} twice in one object")
    return found


def _by_column(found: dict[str, Any], names: dict[str, str], known: list[str], source: SourceFile) -> dict[str, Any]:
    """The row by the table's own names; ``names`` remembers how they are written in this file."""
    row: dict[str, Any] = {}
    for written, value in found.items():
        name = names.get(written)
        if name is None:
            name = written.strip().lower()
            if name not in known:
                source.ignore(written.strip())
                continue
            names[written] = name
        if name in row:
            raise _NoObject(f"the column {name} twice")
        # An escape can spell half of a character pair, which is no text that a warehouse can hold.
        if isinstance(value, str) and not value.isascii():
            try:
                value.encode()
            except UnicodeEncodeError as error:
                raise _NoObject(f"half of a character (a lone surrogate) in {name}") from error
        row[name] = value
    return row


def _json_reason(error: ValueError | RecursionError, text: str) -> str:
    if text.lstrip().startswith("["):
        return ": a list where an object belongs; write one object a line (jq -c '.[]' turns a list into lines)"
    if isinstance(error, _NoObject):
        return f": {error}; a row is one JSON object with a single value per column"
    reason = error.msg if isinstance(error, json.JSONDecodeError) else str(error)
    place = f" at character {error.pos + 1}" if isinstance(error, json.JSONDecodeError) else ""
    return f": it is no complete JSON ({reason}{place}); write one whole object a line"


def read_parquet(source: SourceFile) -> Iterator[Batch]:
    """Rows are counted from 1. Batches are read one after another, so that a large row group does not fill memory."""
    try:
        with pq.ParquetFile(source.path, buffer_size=1 << 20, pre_buffer=False) as file:
            schema = file.schema_arrow
            positions = source.match_header(schema.names)
            for name, place in positions.items():
                if pa.types.is_nested(schema.field(place).type):
                    raise AttributionError(
                        f"{source.path}, column {name} is of the type {schema.field(place).type}.",
                        "A column holds single values; nothing was loaded.",
                    )
            wanted = {name: schema.names[place] for name, place in positions.items()}
            row = 1
            for batch in file.iter_batches(batch_size=ARROW_BATCH_ROWS, columns=list(wanted.values())):
                columns = {name: batch.column(written) for name, written in wanted.items()}
                yield Batch(range(row, row + batch.num_rows), columns)
                row += batch.num_rows
    except (pa.ArrowException, OSError) as error:
        raise AttributionError(
            f"{source.path} is no Parquet file, or a damaged one: {str(error).splitlines()[0]}",
            "Write it again; nothing was loaded.",
        ) from error


def python_values(column: pa.Array | Sequence[Any]) -> Sequence[Any]:
    """A column's cells as Python has them."""
    if not isinstance(column, pa.Array):
        return column
    if pa.types.is_timestamp(column.type) and column.type.unit == "ns":
        column = column.cast(pa.timestamp("us", tz=column.type.tz), safe=False)
    try:
        return column.to_pylist()
    except (ValueError, OverflowError):
        return [_single(value) for value in column]


def _single(value: pa.Scalar) -> Any:
    """A value that Python can't hold, such as a time in the year 20000, as an object that no column takes."""
    try:
        return value.as_py()
    except (ValueError, OverflowError):
        return _Unrepresentable(value)


class _Unrepresentable:
    def __init__(self, scalar: pa.Scalar) -> None:
        self.scalar = scalar

    def __str__(self) -> str:
        if isinstance(self.scalar, pa.StringScalar):
            return repr(self.scalar.as_buffer().to_pybytes())
        return f"{self.scalar.type} {self.scalar.value}"
