"""The same raw rows in DuckDB and in the stand-in for Snowflake, built by dbt on both."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

import parsed
import requests
from project import Built, Project
from warehouse import Row

DATABASE = "attribution"
# Arguments of a generic test that are no more than a name in its SQL.
NAMES = ("model", "column_name", "to", "field")


class StandIn:
    """stand_in.py in a process of its own; a context manager. ``folder`` gets what it writes down."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = 0

    def __enter__(self) -> StandIn:
        self._errors = (self.folder / "errors.log").open("w")
        self._process = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("stand_in.py")), str(self.folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            text=True,
        )
        assert self._process.stdout is not None
        said = self._process.stdout.readline().strip()
        assert said, (self.folder / "errors.log").read_text()
        self.port = int(said)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            self._process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self._process.kill()
        self._errors.close()

    @property
    def environment(self) -> dict[str, str]:
        """The settings that point every command at it."""
        return {
            "ATTRIBUTION_TARGET": "snowflake",
            "SNOWFLAKE_ACCOUNT": "stand_in",
            "SNOWFLAKE_USER": "tester",
            "SNOWFLAKE_PASSWORD": "any",
            "SNOWFLAKE_DATABASE": DATABASE,
            "SNOWFLAKE_WAREHOUSE": "transforming",
            "SNOWFLAKE_ROLE": "transformer",
            "SNOWFLAKE_HOST": "127.0.0.1",
            "SNOWFLAKE_PORT": str(self.port),
            "SNOWFLAKE_PROTOCOL": "http",
        }

    def copy(self, file: Path, schemas: Sequence[str]) -> int:
        """Put the tables of a DuckDB file's schemas in place of its own; how many rows came."""
        asked = {"database": DATABASE, "file": str(file), "schemas": list(schemas)}
        answer = requests.post(f"http://127.0.0.1:{self.port}/stand-in/copy", json=asked, timeout=300)
        answer.raise_for_status()
        return int(answer.json()["rows"])

    def written(self, name: str, since: int = 0) -> list[dict[str, Any]]:
        """The rows of statements.jsonl or logins.jsonl, from number ``since`` on."""
        file = self.folder / name
        lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
        return [json.loads(line) for line in lines[since:]]


class OnSnowflake(Project):
    """dbt over the stand-in; the rows come from a DuckDB file."""

    def __init__(self, folder: Path, shared: Path, stand_in: StandIn) -> None:
        super().__init__(folder, shared)
        self.stand_in = stand_in

    @property
    def environment(self) -> dict[str, str]:
        return {**super().environment, **self.stand_in.environment}

    def mirror(self, file: Path, sources: Sequence[str]) -> int:
        """The raw tables and the seeds of ``file``, as they are there."""
        return self.stand_in.copy(file, [f"raw_{source}" for source in sources] + ["seeds"])

    def compiled(self, sources: tuple[str, ...], variables: Row) -> dict[str, str]:
        """The SQL of every analysis and singular test and of one generic test of each kind, by its path."""
        chosen = ("resource_type:analysis", "test_type:singular", *self._generic_tests(sources))
        ended: Built = self.dbt("compile", sources, variables, "--select", *chosen)
        assert ended.is_good, ended.said
        folder = self.folder / "target" / "compiled"
        return {str(path.relative_to(folder)): path.read_text(encoding="utf-8") for path in folder.rglob("*.sql")}

    def _generic_tests(self, sources: tuple[str, ...]) -> list[str]:
        """The name of one test of each kind, arguments and type of column: of those alike, the SQL differs in names."""
        manifest = parsed.read(self._parsed_file(sources))
        found: dict[str, str] = {}
        for test in manifest.nodes.values():
            if asked := getattr(test, "test_metadata", None):
                arguments = {name: value for name, value in asked.kwargs.items() if name not in NAMES}
                tested = manifest.nodes.get(test.attached_node)
                column = tested.columns.get(test.column_name) if tested else None
                kind = json.dumps([asked.name, arguments, column.data_type if column else None], sort_keys=True)
                found.setdefault(kind, test.name)
        return list(found.values())


def point_at(environment: dict[str, str], patch: Any) -> None:
    """Set ``environment`` by a MonkeyPatch; what is there of Snowflake's goes away first."""
    for name in [name for name in os.environ if name.startswith("SNOWFLAKE_")]:
        patch.delenv(name)
    for name, value in environment.items():
        patch.setenv(name, value)
