"""The demo's warehouse at a tenth of its size, as `attribution demo --scale 0.1 --as-of 2026-06-15` makes it.

It is made once for all tests of a run, by whichever process needs it first, in a copy of the dbt project: `mf` reads
``target/semantic_manifest.json`` beside dbt_project.yml and knows no other place.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest

# What is made once for all processes.
sys.path.insert(0, str(Path(__file__).parents[1] / "histories"))

import parsed
from dbt.contracts.graph.semantic_manifest import SemanticManifest

from common.settings import PROJECT_DIR
from ingestion.pipeline import run_source
from sandbox.content import build_org
from sandbox.server import Sandbox

SEED, SCALE, AS_OF = 1, 0.1, date(2026, 6, 15)
VARIABLES = {"crm_timezone": "America/New_York"}
RATE_LIMIT = 1_000_000
OWN_SETTINGS = ("ATTRIBUTION_", "GENESYSCLOUD_", "SALESFORCE_", "DYNAMICS_", "SNOWFLAKE_", "DBT_")


@dataclass(frozen=True)
class DemoWarehouse:
    """A built warehouse and the dbt project that built it. For reading; who writes or locks it copies it first."""

    folder: Path

    @property
    def file(self) -> Path:
        """The DuckDB file."""
        return self.folder / "warehouse.duckdb"

    @property
    def project(self) -> Path:
        """The dbt project, with its target folder."""
        return self.folder / "project"

    def copy_to(self, folder: Path) -> DemoWarehouse:
        """The same in a folder of one's own."""
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copy(self.file, folder)
        shutil.copytree(self.project, folder / "project", symlinks=True)
        return DemoWarehouse(folder)

    def query(self, sql: str, *parameters: Any) -> list[dict[str, Any]]:
        """Rows of a select."""
        with duckdb.connect(str(self.file), read_only=True) as connection:
            cursor = connection.execute(sql, list(parameters))
            names = [column[0] for column in cursor.description]
            return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def environment(self) -> dict[str, str]:
        """For a process that works on it: no setting of the developer's, nothing written outside the folder."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(OWN_SETTINGS)}
        return {
            **kept,
            "HOME": str(self.folder),
            "ATTRIBUTION_DUCKDB_PATH": str(self.file),
            "DBT_PROFILES_DIR": str(self.project),
            "DBT_LOG_PATH": str(self.folder / "logs"),
            "DO_NOT_TRACK": "1",
        }


def demo_warehouse(shared: Path) -> DemoWarehouse:
    """The warehouse of this run of the tests; ``shared`` is a folder that all its processes have in common."""
    folder = shared / "demo_warehouse"
    folder.mkdir(exist_ok=True)
    made = DemoWarehouse(folder)

    def take(file: Path) -> None:
        make(made, shared)
        file.touch()

    parsed.made_once(folder / "done", take)
    return made


def make(warehouse: DemoWarehouse, shared: Path) -> None:
    """Load both systems from the sandbox and build all models."""
    warehouse.file.unlink(missing_ok=True)
    with (
        Sandbox(build_org(seed=SEED, scale=SCALE, as_of=AS_OF), rate_limit=RATE_LIMIT) as sandbox,
        pytest.MonkeyPatch.context() as patch,
    ):
        for name in [name for name in os.environ if name.startswith(OWN_SETTINGS)]:
            patch.delenv(name)
        for name, value in {**sandbox.environment, "ATTRIBUTION_DUCKDB_PATH": str(warehouse.file)}.items():
            patch.setenv(name, value)
        for name in ("ingestion.genesys.client.FIRST_PAUSE", "ingestion.salesforce.client.FIRST_PAUSE"):
            patch.setattr(name, 0.01)
        for source in ("genesys", "salesforce"):
            run_source(source, variables=VARIABLES)
    copy_project(warehouse.project)
    environment = parsed.folders(warehouse.project, warehouse.file)
    manifest = parsed.read(parsed.parsed_file(shared, environment, VARIABLES))
    ended = parsed.run(
        manifest, environment, ["build", *parsed.UNTESTED, *parsed.QUIET, "--vars", json.dumps(VARIABLES)]
    )
    assert ended.code == 0, ended.said[-20:]
    target = warehouse.project / "target"
    target.mkdir(exist_ok=True)
    SemanticManifest(manifest).write_json_to_file(str(target / "semantic_manifest.json"))


def copy_project(folder: Path) -> None:
    """What dbt needs of the project; the folders are links."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for name in ("dbt_project.yml", "profiles.yml"):
        shutil.copy(PROJECT_DIR / name, folder)
    for name in ("analyses", "macros", "models", "seeds", "tests"):
        (folder / name).symlink_to(PROJECT_DIR / name)
