"""dbt and `attribution` with nothing of this shell's settings."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cli.dbt import DBT
from common.settings import PROJECT_DIR

# dbt in this process, on a project that is parsed once.
sys.path.insert(0, str(PROJECT_DIR / "tests" / "histories"))

import parsed

OWN_SETTINGS = ("ATTRIBUTION_", "GENESYSCLOUD_", "SALESFORCE_", "DYNAMICS_", "SNOWFLAKE_", "DBT_")

Run = Callable[..., subprocess.CompletedProcess[str]]


def run_process(*command: str, project: Path = PROJECT_DIR, **settings: str | Path) -> subprocess.CompletedProcess[str]:
    """A Python command in the project's folder to its end; what it says as text."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(OWN_SETTINGS)}
    fixed = {"PYTHONPATH": str(PROJECT_DIR), "DBT_PROFILES_DIR": str(project), "DBT_USE_COLORS": "false"}
    return subprocess.run(
        [sys.executable, *command],
        env={**kept, **fixed, **{name: str(value) for name, value in settings.items()}},
        cwd=project,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=280,
    )


@pytest.fixture(scope="session")
def dbt(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """``dbt(command, ..., warehouse, **settings)``: what dbt makes besides tables stays in a folder of the tests."""
    folder = tmp_path_factory.mktemp("dbt")

    def run(*arguments: str, warehouse: Path, **settings: str | Path) -> subprocess.CompletedProcess[str]:
        own = {"DBT_TARGET_PATH": folder / "target", "DBT_LOG_PATH": folder / "logs"}
        return run_process("-c", DBT, *arguments, ATTRIBUTION_DUCKDB_PATH=warehouse, **own, **settings)

    return run


@pytest.fixture(scope="session")
def dbt_here(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., parsed.Answer]:
    """``dbt_here(command, ..., warehouse, project, **variables)``: dbt in this process; the seeds are ``project``'s.

    The warehouse's file is called ``warehouse.duckdb``; ``project`` has a ``dbt_project.yml`` too.
    """
    folder = tmp_path_factory.mktemp("dbt_here")

    def run(*arguments: str, warehouse: Path, project: Path = PROJECT_DIR, **variables: Any) -> parsed.Answer:
        environment = {**parsed.folders(folder, warehouse), "DBT_PROJECT_DIR": str(project)}
        manifest = parsed.read(parsed.parsed_file(parsed.shared_folder(tmp_path_factory), environment, variables))
        # The manifest is this process's for all tests: it has the project's own seeds again afterwards.
        with pytest.MonkeyPatch.context() as patch:
            for node in manifest.nodes.values():
                if node.resource_type == "seed":
                    patch.setattr(node, "root_path", str(project))
            return parsed.run(manifest, environment, [*arguments, *parsed.QUIET[2:], "--vars", json.dumps(variables)])

    return run


@pytest.fixture(scope="session")
def attribution(attribution_here: Run) -> Run:
    """``attribution(command, ..., warehouse, **settings)``, in this process."""

    def run(*arguments: str, warehouse: Path, **settings: str | Path) -> subprocess.CompletedProcess[str]:
        return attribution_here(*arguments, ATTRIBUTION_DUCKDB_PATH=warehouse, **settings)

    return run
