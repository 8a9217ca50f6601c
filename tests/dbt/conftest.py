"""Warehouses for the models' own tests: files in, `dbt run` over them, rows out."""

from __future__ import annotations

import contextlib
import csv
import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, ClassVar

import duckdb
import pytest
from dbt.adapters.duckdb.connections import DuckDBConnectionManager
from dbt.cli.main import dbtRunner
from dbt.contracts.graph.manifest import Manifest

from common.settings import PROJECT_DIR


class FilesWarehouse:
    """A DuckDB file that `load files` fills and dbt builds with ``sources: [files]``."""

    manifests: ClassVar[dict[tuple[str, ...], Manifest]] = {}

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
        """Run dbt over it in this process; returns what it said, raises with that where it failed.

        The project is parsed once for the same sources: vars are looked at when a model is compiled.
        """
        variables = {"sources": ["files"], **variables}
        said: list[str] = []
        with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stdout(io.StringIO()):
            patch.setenv("ATTRIBUTION_DUCKDB_PATH", str(self.path))
            patch.setenv("DBT_TARGET_PATH", str(self.folder / "target"))
            patch.setenv("DBT_LOG_PATH", str(self.folder / "logs"))
            where = ["--project-dir", str(PROJECT_DIR), "--profiles-dir", str(PROJECT_DIR)]
            manifest = self._parsed(tuple(variables["sources"]), where)
            runner = dbtRunner(manifest=manifest, callbacks=[lambda event: said.append(event.info.msg)])
            try:
                ended = runner.invoke([*arguments, *where, "--vars", json.dumps(variables)])
            finally:
                DuckDBConnectionManager.close_all_connections()
        assert ended.success, "\n".join(said)[-6000:]
        return "\n".join(said)

    def _parsed(self, sources: tuple[str, ...], where: list[str]) -> Manifest:
        if sources not in self.manifests:
            parsed = dbtRunner().invoke(["parse", "--quiet", *where, "--vars", json.dumps({"sources": sources})])
            assert parsed.success, parsed.exception
            # Comments on columns are a fifth of a build's time here, and no test reads them.
            for node in parsed.result.nodes.values():
                node.config.persist_docs = {}
            self.manifests[sources] = parsed.result
        return self.manifests[sources]

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
