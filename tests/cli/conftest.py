"""A small sandbox, and the command line on it: in this process, or where it matters in one of its own."""

from __future__ import annotations

import os
import pickle
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest
from parsed import folders, made_once, shared_folder
from world import MEMORY

from common.settings import PROJECT_DIR
from sandbox.content import build_org
from sandbox.server import Sandbox

AS_OF = date(2026, 6, 15)
OWN_SETTINGS = ("ATTRIBUTION_", "GENESYSCLOUD_", "SALESFORCE_", "DYNAMICS_", "SNOWFLAKE_", "DBT_")

Attribution = Callable[..., subprocess.CompletedProcess[str]]


def environment(**settings: str | Path) -> dict[str, str]:
    """This process's environment without the project's own settings, and ``settings`` on top."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(OWN_SETTINGS)}
    return {**kept, "PYTHONPATH": str(PROJECT_DIR), **{name: str(value) for name, value in settings.items()}}


def run_process(*arguments: str, **settings: str | Path) -> subprocess.CompletedProcess[str]:
    """`attribution <arguments>` as a user meets it, a process of its own, to its end; both outputs as text."""
    return subprocess.run(
        [sys.executable, "-m", "cli.main", *arguments],
        env=environment(**settings),
        cwd=PROJECT_DIR,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=280,
    )


@pytest.fixture(name="run_process", scope="session")
def run_process_fixture() -> Attribution:
    """The command in a process of its own, with all its settings from the test."""
    return run_process


@pytest.fixture(scope="session")
def run_attribution(attribution_here: Attribution) -> Attribution:
    """The command in this process, with all its settings from the test."""
    return attribution_here


@pytest.fixture(name="environment")
def environment_fixture() -> Callable[..., dict[str, str]]:
    """The environment of a process that a test starts itself."""
    return environment


@pytest.fixture
def is_sentence() -> Callable[..., bool]:
    """Whether a command failed as it should: exit 1 (or ``code``), something said on stderr, no traceback."""

    def check(result: subprocess.CompletedProcess[str], code: int = 1) -> bool:
        return result.returncode == code and bool(result.stderr.strip()) and "Traceback" not in result.stderr

    return check


@pytest.fixture
def attribution(attribution_here: Attribution, tmp_path: Path) -> Attribution:
    """The command in this process, with a warehouse of this test's own unless it names one."""

    def run(*arguments: str, **settings: str | Path) -> subprocess.CompletedProcess[str]:
        return attribution_here(*arguments, **{"ATTRIBUTION_DUCKDB_PATH": tmp_path / "w.duckdb", **settings})

    return run


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Sandbox]:
    """A small sandbox, which runs as long as the tests do."""
    with Sandbox(build_org(seed=1, scale=0.02, as_of=AS_OF), rate_limit=100_000) as running:
        yield running


@pytest.fixture(scope="session")
def sandbox_settings(sandbox: Sandbox) -> dict[str, str]:
    """The settings that point the project at the sandbox."""
    return sandbox.environment


@pytest.fixture(scope="session")
def finished_run(
    sandbox: Sandbox, attribution_here: Attribution, tmp_path_factory: pytest.TempPathFactory
) -> tuple[dict[str, str], subprocess.CompletedProcess[str]]:
    """Settings of a warehouse that `attribution run` filled, built and wrote back; and what the command said.

    The first process to get here runs it; all take a copy of the warehouse, and what the org remembers. tests/soak has
    the command in a process of its own.
    """
    folder = tmp_path_factory.mktemp("run")
    warehouse = folder / "warehouse.duckdb"
    settings = {**sandbox.environment, **folders(folder, warehouse)}
    shared = shared_folder(tmp_path_factory) / "finished_run"
    shared.mkdir(exist_ok=True)

    def take(file: Path) -> None:
        ended = attribution_here("run", "--vars", "{crm_timezone: America/New_York}", **settings)
        memory = {name: getattr(sandbox.genesys, name) for name in MEMORY}
        shutil.copy(warehouse, shared)
        file.write_bytes(pickle.dumps((ended, memory)))

    ended, memory = pickle.loads(made_once(shared / "run.pickle", take).read_bytes())
    shutil.copy(shared / warehouse.name, warehouse)
    for name, value in memory.items():
        setattr(sandbox.genesys, name, value)
    return settings, ended
