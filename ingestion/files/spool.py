"""A file, checked row by row → a temporary Parquet file of what the warehouse gets; memory holds one batch."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from common import settings
from ingestion.files import values, vectors
from ingestion.files.columns import INSTANT, STORED, Column, FileTable, Kind
from ingestion.files.problems import SHOWN, in_column, shown
from ingestion.files.readers import python_values, read
from ingestion.files.source import Batch, SourceFile
from ingestion.phones import COUNTRY, to_e164

LINE = "line_in_file"
# For looking for keys that are there twice; what does not fit goes to the spool's folder.
KEY_MEMORY = "128MB"

# Rows handed on at once: as many as DuckDB keeps together, so that it need not cut them anew.
ROW_GROUP = 122_880

Problem = tuple[int, int, str]


def spool(source: SourceFile, directory: Path) -> Path:
    """Check the whole file; returns a Parquet file in ``directory`` with its rows in the table's schema, and LINE.

    Raises AttributionError that names the first bad rows, and how many there are, where there is any.
    """
    schema = source.table.schema.append(pa.field(LINE, pa.int64()))
    path = directory / f"{source.table.name}.parquet"
    # It is read once, so it is written in the way that takes the least time for both, not the least room.
    with pq.ParquetWriter(path, schema, compression="lz4", use_dictionary=False, write_statistics=False) as writer:
        for batch in read(source):
            table, problems = checked(batch, source)
            source.problems.add(problems)
            if table.num_rows:
                writer.write_table(table)
    source.problems.add(*doubled_keys(path, source, directory))
    if error := source.problems.error():
        raise error
    return path


def spooled_rows(path: Path, table: FileTable, batch_rows: int = ROW_GROUP) -> Iterator[pa.Table]:
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
    arrays: dict[str, pa.Array] = {}
    for order, column in enumerate(table.columns):
        cells = batch.columns.get(column.name)
        if cells is None:
            cells = pa.nulls(len(lines))
        for field, array in zip(column.fields, _converted(cells, lines, order, column, problems), strict=True):
            arrays[field.name] = array
        if column.kind is Kind.PHONE:
            _count_phones(*(arrays[field.name] for field in column.fields), source)
    deleted = arrays.get("is_deleted", pa.repeat(False, len(lines)))
    if source.missing and not pc.all(deleted).as_py():
        raise source.missing
    problems += _unfilled(arrays, deleted, lines, table, problems)
    if table.key not in arrays:
        arrays[table.key] = _joined([arrays[name] for name in table.key_columns])
    rows = pa.Table.from_arrays(
        [arrays[name] for name in table.schema.names] + [_numbers(lines)],
        schema=table.schema.append(pa.field(LINE, pa.int64())),
    )
    if problems:
        bad = {line for line, _, _ in problems}
        rows = rows.filter(pa.array([line not in bad for line in lines]))
    return rows, problems


def _unfilled(
    arrays: dict[str, pa.Array], deleted: pa.Array, lines: Sequence[int], table: FileTable, known: Sequence[Problem]
) -> list[Problem]:
    """Needed cells that are empty; a cell that is bad already, in ``known``, is named once."""
    bad_cells = {(line, order) for line, order, _ in known}
    problems: list[Problem] = []
    for order, column in enumerate(table.columns):
        if not column.required:
            continue
        parts = [arrays[field.name] for field in column.fields]
        if any(part.null_count == 0 for part in parts):
            continue
        empty = functools.reduce(pc.and_, [pc.is_null(part) for part in parts])
        if not column.key:
            empty = pc.and_not(empty, deleted)
        sentence = f", column {column.name} is empty; it must be filled"
        places = [(lines[row], order) for row in pc.indices_nonzero(empty).to_pylist()]
        problems += [(*place, sentence) for place in places if place not in bad_cells]
    return problems


def _converted(
    cells: pa.Array | Sequence[Any], lines: Sequence[int], order: int, column: Column, problems: list[Problem]
) -> list[pa.Array]:
    """What a column becomes: all of it at once, else each distinct value once, else cell by cell to name the bad."""
    whole = _in_arrow(cells)
    found = None
    if whole is not None:
        found = vectors.whole_column(whole, column.kind) or _each_once(whole, column.kind)
    if found is None:
        convert = values.READERS[column.kind]
        converted = []
        for line, cell in zip(lines, python_values(cells), strict=True):
            try:
                converted.append(convert(cell))
            except values.Unreadable as error:
                problems.append((line, order, in_column(column.name, cell, str(error))))
                converted.append(None)
        found = _arrays(converted, column.kind)
    return [*found, _e164(found[0])] if column.kind is Kind.PHONE else found


def _in_arrow(cells: pa.Array | Sequence[Any]) -> pa.Array | None:
    """Cells of text as an array; None for those of JSON that are not text alone: Arrow would make them of one type."""
    if isinstance(cells, pa.Array):
        return cells
    return pa.array(cells, pa.string()) if set(map(type, cells)) <= {str, type(None)} else None


def _each_once(cells: pa.Array, kind: Kind) -> list[pa.Array] | None:
    """Each distinct value converted once; None where most values are there once, or one is bad."""
    distinct = vectors.plain(cells).dictionary_encode()
    if len(distinct.dictionary) * 2 > len(cells):
        return None
    convert = values.READERS[kind]
    try:
        converted = [convert(value) for value in python_values(distinct.dictionary)]
    except values.Unreadable:
        return None
    found = [array.take(distinct.indices) for array in _arrays(converted, kind)]
    return [pc.fill_null(array, False) for array in found] if kind is Kind.FLAG else found


def _arrays(converted: list[Any], kind: Kind) -> list[pa.Array]:
    """Values as values.py has them → arrays; a moment is an instant or a day of its own."""
    if kind is Kind.MOMENT:
        return [
            pa.array([cell if type(cell) is datetime else None for cell in converted], INSTANT),
            pa.array([cell if type(cell) is date else None for cell in converted], pa.date32()),
        ]
    if kind is Kind.FLAG:
        return [pa.array([bool(cell) for cell in converted], pa.bool_())]
    return [pa.array(converted, STORED.get(kind, pa.string()))]


def _e164(phones: pa.Array) -> pa.Array:
    """Each number of a batch is parsed once, and those of the last batches are known."""
    region = settings.phone_region()
    distinct = phones.dictionary_encode()
    parsed = [to_e164(number, region) for number in distinct.dictionary.to_pylist()]
    return pa.array(parsed, pa.string()).take(distinct.indices)


def _count_phones(phones: pa.Array, numbers: pa.Array, source: SourceFile) -> None:
    """Count those that say no country of their own, and those that are no number."""
    says_country = pc.match_substring_regex(phones, COUNTRY)
    source.phones_of_region += pc.sum(pc.and_not(pc.is_valid(numbers), says_country)).as_py() or 0
    source.phones_unread += pc.sum(pc.and_(pc.is_valid(phones), pc.is_null(numbers))).as_py() or 0


def _joined(parts: Sequence[pa.Array]) -> pa.Array:
    texts = [part.cast(pa.string()) for part in parts]
    return pc.binary_join_element_wise(*texts, "|", null_handling="replace", null_replacement="")


def _numbers(lines: Sequence[int]) -> pa.Array:
    return pa.arange(lines.start, lines.stop) if isinstance(lines, range) else pa.array(lines, pa.int64())


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
