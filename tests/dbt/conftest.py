"""Warehouses for the models' own tests: files in, `dbt run` over them, rows out."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest


class FilesWarehouse:
    """A DuckDB file that `load files` fills and dbt builds with ``sources: [files]``."""

    def __init__(self, folder: Path, run_dbt: Callable[..., str]) -> None:
        self.folder = folder
        self.run_dbt = run_dbt
        self.path = folder / "warehouse.duckdb"

    def load(self, **tables: list[dict[str, Any]]) -> None:
        """Write each table's rows as CSV and load them; a missing value is an empty field."""
        from ingestion.files import load_files

        paths = {}
        for name, rows in tables.items():
            paths[name] = self.folder / f"{name}.csv"
            columns = list(dict.fromkeys(column for row in rows for column in row))
            with paths[name].open("w", encoding="utf-8", newline="") as file:
                writer = csv.DictWriter(file, columns)
                writer.writeheader()
                writer.writerows(rows)
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("ATTRIBUTION_DUCKDB_PATH", str(self.path))
            load_files(**paths)

    def dbt(self, *arguments: str, **variables: Any) -> str:
        """Run dbt over it in this process; returns what it said, raises with that where it failed."""
        return self.run_dbt(self.path, *arguments, **{"sources": ["files"], **variables})

    def execute(self, sql: str) -> None:
        with duckdb.connect(str(self.path)) as connection:
            connection.execute(sql)

    def query(self, sql: str) -> list[dict[str, Any]]:
        with duckdb.connect(str(self.path), read_only=True) as connection:
            cursor = connection.execute(sql)
            names = [column[0] for column in cursor.description]
            return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


@pytest.fixture(scope="module")
def files_warehouse(
    tmp_path_factory: pytest.TempPathFactory, run_dbt: Callable[..., str]
) -> Callable[[], FilesWarehouse]:
    """Makes a new, empty warehouse each time it is called."""
    return lambda: FilesWarehouse(tmp_path_factory.mktemp("files"), run_dbt)
