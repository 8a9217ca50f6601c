"""Two warehouses, cell by cell: every contract table of one against the other's, whoever built them."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb

from common.warehouse import Warehouse

# The schemas whose tables are contracts.
SCHEMAS = ("marts", "reports", "exports")
# Doubles may differ by this much, relative to the larger of 1 and the number: sums of them depend on their order.
TOLERANCE = 1e-12
EXAMPLES = 3


@dataclass(frozen=True)
class Difference:
    """Two tables: how many rows each has, how many cells were looked at, how many rows have no equal.

    ``examples`` are sentences, at most EXAMPLES for each kind of difference.
    """

    table: str
    rows: tuple[int, int]
    cells: int
    different: int
    examples: list[str] = field(default_factory=list)


def compare(left: Warehouse, right: Warehouse, names: Sequence[str] = ("duckdb", "snowflake")) -> list[Difference]:
    """One Difference for each contract table that one of both has, in the order of their names.

    A row has an equal where all cells but the doubles are the same, and each double is within TOLERANCE. ``names``
    are what the examples call the two. The rows wait in a temporary file, so that memory does not grow with them.
    """
    tables = sorted(set(contract_tables(left)) | set(contract_tables(right)))
    found = []
    with (
        tempfile.TemporaryDirectory(prefix="attribution_compare_") as folder,
        duckdb.connect(str(Path(folder) / "rows.duckdb")) as scratch,
    ):
        # Instants with a zone are told in one zone; docs/decisions.md says why the optimizer is off.
        scratch.execute("set TimeZone = 'UTC'; set disabled_optimizers = 'top_n_window_elimination'")
        for table in tables:
            found.append(_compare_table(scratch, table, (left, right), names))
    return found


def contract_tables(warehouse: Warehouse) -> list[str]:
    """Every table of the contract schemas as ``schema.table``, lower case."""
    marks = ", ".join("?" for _ in SCHEMAS)
    rows = warehouse.query(
        "select lower(table_schema) as schema_name, lower(table_name) as table_name from information_schema.tables"
        f" where lower(table_schema) in ({marks})",
        list(SCHEMAS),
    )
    return [f"{row['schema_name']}.{row['table_name']}" for row in rows]


def _compare_table(
    scratch: duckdb.DuckDBPyConnection, table: str, sides: tuple[Warehouse, Warehouse], names: Sequence[str]
) -> Difference:
    for side, name in zip(sides, ("left_rows", "right_rows"), strict=True):
        scratch.execute(f"drop table if exists {name}")
        if side.exists(*table.split(".")):
            _copy(scratch, side, table, name)
    there = {row[0] for row in scratch.execute("select table_name from duckdb_tables()").fetchall()}
    for position, name in enumerate(("left_rows", "right_rows")):
        if name not in there:
            return Difference(table, (0, 0), 0, 1, [f"{names[position]} has no such table"])
    columns, others = _columns(scratch, "left_rows"), _columns(scratch, "right_rows")
    if set(columns) != set(others):
        odd = ", ".join(sorted(set(columns) ^ set(others)))
        return Difference(table, (0, 0), 0, 1, [f"only one of both has the columns {odd}"])
    _match(scratch, columns, others)
    counts = scratch.execute(
        "select count(left_id), count(right_id), count(*) filter (not is_equal) from matched"
    ).fetchone()
    assert counts is not None
    examples = []
    for name, absent in ((names[0], "right_id"), (names[1], "left_id")):
        examples += _examples(scratch, f"only in {name}", f"{absent} is null", columns, name == names[0])
    examples += _examples(
        scratch, "doubles differ", "left_id is not null and right_id is not null and not is_equal", columns, True
    )
    return Difference(table, (counts[0], counts[1]), max(counts[0], counts[1]) * len(columns), counts[2], examples)


def _copy(scratch: duckdb.DuckDBPyConnection, warehouse: Warehouse, table: str, name: str) -> None:
    """All rows of a table into the scratch file, columns in lower case, batch by batch."""
    made = False
    for batch in warehouse.arrow_batches(f"select * from {table}"):
        batch = batch.rename_columns([column.lower() for column in batch.column_names])
        scratch.register("batch", batch)
        scratch.execute(f"insert into {name} select * from batch" if made else f"create table {name} as from batch")
        scratch.unregister("batch")
        made = True


def _columns(scratch: duckdb.DuckDBPyConnection, name: str) -> dict[str, str]:
    rows = scratch.execute(
        "select column_name, data_type from duckdb_columns() where table_name = ? order by column_index", [name]
    ).fetchall()
    return dict(rows)


def _match(scratch: duckdb.DuckDBPyConnection, columns: dict[str, str], others: dict[str, str]) -> None:
    """``matched``: one row for each pair of rows that agree in all but doubles, and for each row without a partner."""
    exact = [name for name in columns if "DOUBLE" not in (columns[name], others[name])]
    doubles = [name for name in columns if name not in exact]
    for side in ("left", "right"):
        keys = ", ".join(_comparable(name, columns[name], others[name]) for name in exact) or "''"
        order = ", ".join(f'"{name}"' for name in doubles) or "1"
        scratch.execute(f"drop table if exists {side}_keyed")
        scratch.execute(
            f"""create table {side}_keyed as
                select *, rowid as {side}_id, {keys_hash(keys)} as row_key,
                    row_number() over (partition by {keys_hash(keys)} order by {order}) as copy_number
                from {side}_rows"""
        )
    near = [
        f'(l."{name}" is not distinct from r."{name}" or coalesce(abs(cast(l."{name}" as double) - '
        f'cast(r."{name}" as double)) <= {TOLERANCE} * greatest(1, abs(cast(l."{name}" as double))), false))'
        for name in doubles
    ]
    scratch.execute("drop table if exists matched")
    scratch.execute(
        f"""create table matched as
            select left_id, right_id,
                left_id is not null and right_id is not null and {" and ".join(near) or "true"} as is_equal
            from left_keyed as l
            full join right_keyed as r on l.row_key = r.row_key and l.copy_number = r.copy_number"""
    )


def keys_hash(keys: str) -> str:
    """An expression that is the same for rows that agree in ``keys``, comma separated, nulls being equal."""
    return f"sha256(cast(row({keys}) as varchar))"


def _comparable(name: str, left: str, right: str) -> str:
    """The column in a form in which both warehouses write the same value alike: whole numbers and decimals of any
    width, instants to the microsecond."""
    kinds = (left, right)
    if all(kind.startswith(("DECIMAL", "HUGEINT")) or kind.endswith("INT") or kind == "INTEGER" for kind in kinds):
        return f'cast("{name}" as decimal(38, 8))'
    if all(kind.startswith("TIMESTAMP") and "ZONE" not in kind for kind in kinds):
        return f'cast("{name}" as timestamp)'
    return f'"{name}"'


def _examples(
    scratch: duckdb.DuckDBPyConnection, what: str, condition: str, columns: Iterable[str], is_left: bool
) -> list[str]:
    side = "left" if is_left else "right"
    rows: list[Any] = scratch.execute(
        f"""select {", ".join(f'"{name}"' for name in columns)} from {side}_keyed
            where {side}_id in (select {side}_id from matched where {condition} order by 1 limit {EXAMPLES})"""
    ).fetchall()
    return [f"{what}: " + ", ".join(f"{n}={v}" for n, v in zip(columns, row, strict=True)) for row in rows]
