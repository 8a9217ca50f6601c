"""A DuckDB file of a history's own: rows in as a load leaves them, every contract table out."""

from __future__ import annotations

import contextlib
import csv
import io
import json
import struct
import time
import uuid
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest
from facts import Seeds

from ingestion.files import load_files
from ingestion.files.columns import TABLES

Row = dict[str, Any]
# Table → its columns, and its rows in the order of all columns, doubles as their bits.
Contents = dict[str, tuple[tuple[str, ...], list[tuple[Any, ...]]]]
CONTRACT_SCHEMAS = ("marts", "reports", "exports")
KEYS = {"events": ["event_id"], "conversations": ["conversation_id"], "contacts": ["contact_list_id", "id"]}
SEED_TABLES = ("channel_weights", "exchange_rates", "campaign_costs", "campaign_aliases")


class Warehouse:
    """The file ``warehouse.duckdb`` in ``folder``; nobody else may have it open."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.file = folder / "warehouse.duckdb"
        folder.mkdir(parents=True, exist_ok=True)

    def load_files(self, **tables: list[Row]) -> None:
        """Load rows as a user does, from CSV; a table without rows has a header alone."""
        paths = {}
        for name, rows in tables.items():
            paths[name] = self.folder / f"{name}.csv"
            with paths[name].open("w", encoding="utf-8", newline="") as file:
                writer = csv.DictWriter(file, [column.name for column in TABLES[name].columns], restval="")
                writer.writeheader()
                writer.writerows(rows)
        with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stderr(io.StringIO()):
            patch.setenv("ATTRIBUTION_DUCKDB_PATH", str(self.file))
            load_files(**paths)

    def load_rows(self, source: str, tables: dict[str, list[Row]]) -> None:
        """Put rows into raw tables as dlt leaves them: each replaces the one of its key, under a new load id."""
        load_id, closing_id = f"{time.time():.7f}", f"{time.time() + 0.001:.7f}"
        with self.connect() as connection:
            connection.execute("begin")
            for table, rows in tables.items():
                keys = KEYS.get(table, ["id"])
                for row in rows:
                    kept = " and ".join(f"{key} = ?" for key in keys)
                    connection.execute(f"delete from raw_{source}.{table} where {kept}", [row[key] for key in keys])
                    full = {**row, "_dlt_load_id": load_id, "_dlt_id": uuid.uuid4().hex[:14]}
                    full = {k: json.dumps(v) if isinstance(v, dict | list) else v for k, v in full.items()}
                    places = ", ".join("?" * len(full))
                    connection.execute(
                        f"insert into raw_{source}.{table} ({', '.join(full)}) values ({places})", list(full.values())
                    )
            ended = datetime.now(UTC)
            connection.execute(
                f"insert into raw_{source}.completed_loads (loaded_at, _dlt_load_id, _dlt_id) values (?, ?, ?)",
                [ended, closing_id, uuid.uuid4().hex[:14]],
            )
            for id in (load_id, closing_id):
                connection.execute(
                    f"insert into raw_{source}._dlt_loads select ?, '{source}', 0, ?, max(schema_version_hash)"
                    f" from raw_{source}._dlt_loads",
                    [id, ended],
                )
            connection.execute("commit")

    def age_loads(self, sources: Iterable[str]) -> None:
        """Let all loads so far have ended 30 days earlier."""
        with self.connect() as connection:
            for source in sources:
                connection.execute(f"update raw_{source}.completed_loads set loaded_at = loaded_at - interval 30 days")

    def seed(self, seeds: Seeds) -> None:
        """Fill the seeds' tables."""
        with self.connect() as connection:
            for table in SEED_TABLES:
                connection.execute(f"delete from seeds.{table}")
            for channel, weight in seeds.weights.items():
                connection.execute("insert into seeds.channel_weights values (?, ?)", [channel, weight])
            for rate in seeds.rates:
                connection.execute("insert into seeds.exchange_rates values (?, ?, ?, ?)", list(rate))
            for campaign, day, cost, currency in seeds.costs:
                connection.execute(
                    "insert into seeds.campaign_costs (campaign_id, cost_date, cost, currency) values (?, ?, ?, ?)",
                    [campaign, day, cost, currency],
                )
            for alias in seeds.aliases.items():
                connection.execute("insert into seeds.campaign_aliases values (?, ?)", list(alias))

    @contextlib.contextmanager
    def without_seed(self, table: str) -> Iterator[None]:
        """A seed's table is away while the block runs, so that a build fails in what reads it."""
        with self.connect() as connection:
            connection.execute(f"alter table seeds.{table} rename to {table}_away")
        yield
        with self.connect() as connection:
            connection.execute(f"alter table seeds.{table}_away rename to {table}")

    def connect(self, read_only: bool = False) -> duckdb.DuckDBPyConnection:
        """The warehouse; nobody else may have it open."""
        connection = duckdb.connect(str(self.file), read_only=read_only)
        connection.execute("set TimeZone = 'UTC'")
        return connection

    def contents(self) -> Contents:
        """Every contract table."""
        with self.connect(read_only=True) as connection:
            tables = connection.execute(
                "select table_schema || '.' || table_name from information_schema.tables"
                " where table_schema in (?, ?, ?) order by 1",
                list(CONTRACT_SCHEMAS),
            ).fetchall()
            found: Contents = {}
            for (table,) in tables:
                cursor = connection.execute(f"select * from {table} order by all")
                columns = tuple(column[0] for column in cursor.description)
                found[table] = (columns, [tuple(map(bits, row)) for row in cursor.fetchall()])
        return found

    def rows(self, sql: str) -> list[Row]:
        """Rows of a select."""
        with self.connect(read_only=True) as connection:
            cursor = connection.execute(sql)
            names = [column[0] for column in cursor.description]
            return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def bits(value: Any) -> Any:
    """A double by its bits, so that nothing passes for equal that is not; all else as it is."""
    return struct.pack(">d", value).hex() if isinstance(value, float) else value
