"""A file, checked row by row → a temporary Parquet file of what the warehouse gets; memory holds one batch."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from common import settings
from ingestion.files import values
from ingestion.files.columns import Column, FileTable, Kind
from ingestion.files.problems import SHOWN, in_column, shown
from ingestion.files.readers import read
from ingestion.files.source import Batch, SourceFile
from ingestion.phones import to_e164

LINE = "line_in_file"
# For looking for keys that are there twice; what does not fit goes to the spool's folder.
KEY_MEMORY = "256MB"

Problem = tuple[int, int, str]


def spool(source: SourceFile, directory: Path) -> Path:
    """Check the whole file; returns a Parquet file in ``directory`` with its rows in the table's schema, and LINE.

    Raises AttributionError that names the first bad rows, and how many there are, where there is any.
    """
    schema = source.table.schema.append(pa.field(LINE, pa.int64()))
    path = directory / f"{source.table.name}.parquet"
    # Personal data: not even the name of a value in the statistics outlives the folder, and no time is spent on them.
    with pq.ParquetWriter(path, schema, compression="snappy", write_statistics=False) as writer:
        for batch in read(source):
            table, problems = checked(batch, source)
            source.problems.add(problems)
            if table.num_rows:
                writer.write_table(table)
    source.problems.add(*doubled_keys(path, source, directory))
    if error := source.problems.error():
        raise error
    return path


def spooled_rows(path: Path, table: FileTable, batch_rows: int = 50_000) -> Iterator[pa.Table]:
    """The checked rows, some at a time; at least one table, so that columns are known of a file without rows."""
    with pq.ParquetFile(path, pre_buffer=False) as file:
        empty = True
        for batch in file.iter_batches(batch_size=batch_rows, columns=table.schema.names):
            empty = False
            yield pa.Table.from_batches([batch])
        if empty:
            yield table.schema.empty_table()


def checked(batch: Batch, source: SourceFile) -> tuple[pa.Table, list[Problem]]:
    """The good rows of a batch in the table's schema, and what is wrong with the others."""
    table, lines = source.table, batch.lines
    problems: list[Problem] = []
    found: dict[str, list[Any]] = {}
    for order, column in enumerate(table.columns):
        cells = batch.columns.get(column.name)
        found[column.name] = [None] * len(lines) if cells is None else _converted(cells, lines, order, column, problems)
    deleted = found.get("is_deleted", [False] * len(lines))
    if source.missing and not all(deleted):
        raise source.missing
    bad_cells = {(line, order) for line, order, _ in problems}
    for order, column in enumerate(table.columns):
        if column.required and None in found[column.name]:
            problems += [
                (line, order, f", column {column.name} is empty; it must be filled")
                for line, value, gone in zip(lines, found[column.name], deleted, strict=True)
                if value is None and (column.key or not gone) and (line, order) not in bad_cells
            ]
    arrays = _arrays(table, found, len(lines))
    rows = pa.Table.from_arrays(
        [arrays[name] for name in table.schema.names] + [pa.array(lines, pa.int64())],
        schema=table.schema.append(pa.field(LINE, pa.int64())),
    )
    if problems:
        bad = {line for line, _, _ in problems}
        rows = rows.filter(pa.array([line not in bad for line in lines]))
    return rows, problems


def _converted(
    cells: Sequence[Any], lines: Sequence[int], order: int, column: Column, problems: list[Problem]
) -> list[Any]:
    """A column's values; the whole column at once, and cell by cell only where one of them is bad."""
    convert = values.READERS[column.kind]
    with contextlib.suppress(values.Unreadable):
        return _all_at_once(cells, column, convert)
    converted = []
    for line, cell in zip(lines, cells, strict=True):
        try:
            converted.append(convert(cell))
        except values.Unreadable as error:
            problems.append((line, order, in_column(column.name, cell, str(error))))
            converted.append(None)
    return converted


def _all_at_once(cells: Sequence[Any], column: Column, convert: Callable[[Any], Any]) -> list[Any]:
    """The same as ``convert`` on each cell, faster for text; 300,000 rows of a CSV take a third less time so."""
    if not set(map(type, cells)) <= {str, type(None)}:
        return [convert(cell) for cell in cells]
    if convert is values.text:
        return [cell if cell and not cell.isspace() else None for cell in cells]
    distinct = set(cells)
    if len(distinct) * 2 > len(cells):
        return [convert(cell) for cell in cells]
    known = {cell: convert(cell) for cell in distinct}
    return [known[cell] for cell in cells]


def _arrays(table: FileTable, found: dict[str, list[Any]], rows: int) -> dict[str, pa.Array]:
    arrays: dict[str, pa.Array] = {}
    for column in table.columns:
        cells = found[column.name]
        parts: list[list[Any]] = [cells]
        if column.kind is Kind.MOMENT:
            parts = [
                [cell if type(cell) is datetime else None for cell in cells],
                [cell if type(cell) is date else None for cell in cells],
            ]
        elif column.kind is Kind.PHONE:
            region = settings.phone_region()
            parts = [cells, [to_e164(cell, region) if cell else None for cell in cells]]
        elif column.kind is Kind.FLAG:
            parts = [[bool(cell) for cell in cells]]
        for field, part in zip(column.fields, parts, strict=True):
            arrays[field.name] = pa.array(part, field.type)
    if table.key not in found:
        keys = zip(*(found[name] for name in table.key_columns), strict=True)
        arrays[table.key] = pa.array([_joined(parts) for parts in keys], pa.string())
    return arrays


def _joined(parts: Sequence[Any]) -> str:
    return "|".join("" if part is None else str(part) for part in parts)


def doubled_keys(path: Path, source: SourceFile, directory: Path) -> tuple[list[Problem], int]:
    """The first SHOWN keys that stand on a second row, and how many rows repeat a key in all."""
    key = source.table.key
    settings_of_search = {
        "memory_limit": KEY_MEMORY,
        "temp_directory": str(directory / "keys"),
        "preserve_insertion_order": False,
        "threads": 2,
    }
    with contextlib.closing(duckdb.connect(":memory:", config=settings_of_search)) as connection:
        # Its bar would go to the terminal in between ours.
        connection.execute("set enable_progress_bar = false")
        # Aggregates of a fixed size only: DuckDB can move those to disk, and min(…, 2) not.
        connection.execute(
            f"""
            create temp table doubled as
            select {key} as key_text, min({LINE}) as first_line, count(*) as lines
            from read_parquet(?) group by 1 having count(*) > 1
            """,
            [str(path)],
        )
        [(repeats,)] = connection.execute("select coalesce(sum(lines - 1), 0) from doubled").fetchall()
        found = connection.execute(
            f"""
            select key_text, first_line, min({LINE}) as second_line, lines
            from (from doubled order by first_line limit {SHOWN}) as first_doubled
            inner join read_parquet(?) as spooled on {key} = key_text and {LINE} > first_line
            group by all order by second_line
            """,
            [str(path)],
        ).fetchall()
    named = " and ".join(source.table.key_columns)
    place = source.problems.place
    problems = []
    for text, first, second, count in found:
        more = f", and on {count - 2} more" if count > 2 else ""
        sentence = f", column {named}: {shown(text)} is on {place} {first} already{more}; a key stands once in a file"
        problems.append((second, 0, sentence))
    return problems, int(repeats)
