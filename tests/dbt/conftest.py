"""Warehouses for the models' own tests: files in, `dbt run` over them, rows out."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from common.settings import PROJECT_DIR


class FilesWarehouse:
    """A DuckDB file that `load files` fills and dbt builds with ``sources: [files]``."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
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
        """Run dbt over it; returns what it printed, raises with that where it failed."""
        run = subprocess.run(
            [
                *(sys.executable, "-c", "import sys; sys.argv[0] = 'dbt'; from dbt.cli.main import cli; cli()"),
                *arguments,
                *("--vars", json.dumps({"sources": ["files"], **variables})),
            ],
            cwd=PROJECT_DIR,
            env={
                **os.environ,
                "ATTRIBUTION_DUCKDB_PATH": str(self.path),
                "DBT_TARGET_PATH": str(self.folder / "target"),
                "DBT_LOG_PATH": str(self.folder / "logs"),
                "DBT_PROFILES_DIR": str(PROJECT_DIR),
            },
            capture_output=True,
            text=True,
            check=False,
        )
        assert run.returncode == 0, run.stdout[-6000:] + run.stderr[-2000:]
        return run.stdout

    def execute(self, sql: str) -> None:
        with duckdb.connect(str(self.path)) as connection:
            connection.execute(sql)

    def query(self, sql: str) -> list[dict[str, Any]]:
        with duckdb.connect(str(self.path), read_only=True) as connection:
            cursor = connection.execute(sql)
            names = [column[0] for column in cursor.description]
            return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


@pytest.fixture(scope="module")
def files_warehouse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[], FilesWarehouse]]:
    """Makes a new, empty warehouse each time it is called."""
    yield lambda: FilesWarehouse(tmp_path_factory.mktemp("files"))
