"""dbt in this process, on a project that one process of a test run parses for all.

Parsing takes seconds, importing dbt three more; a manifest that was parsed is read in half a second. It is the same for
every warehouse of one name, so all DuckDB files here are called ``warehouse.duckdb``. Vars are looked at when a model
is compiled, but for ``sources``, ``raw_schemas`` and ``raw_database``, which say what there is to parse.
"""

from __future__ import annotations

import contextlib
import fcntl
import functools
import hashlib
import io
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from dbt.adapters.duckdb.connections import DuckDBConnectionManager
from dbt.cli.main import dbtRunner
from dbt.contracts.graph.manifest import Manifest
from dbt_common.clients.jinja import MacroFuzzEnvironment
from dbt_common.tests import enable_test_caching

from common.settings import PROJECT_DIR

OWN_SETTINGS = ("ATTRIBUTION_", "GENESYSCLOUD_", "SALESFORCE_", "DYNAMICS_", "SNOWFLAKE_", "DBT_")
PARSING_VARS = ("sources", "raw_schemas", "raw_database")
# As in dbt_project.yml.
DEFAULT_SOURCES = ["genesys", "salesforce"]
# No artifacts and no logs, which are a sixth of a build here; --quiet alone writes each line before it leaves it out.
QUIET = ("--log-level", "none", "--log-level-file", "none", "--no-write-json", "--no-version-check")
UNTESTED = ("--exclude-resource-type", "test", "--exclude-resource-type", "unit_test")


# What is installed and what texts parse to is found out once in a process, not in each command: dbt's own tests have it
# so. The code of Python that a text becomes is kept too.
enable_test_caching()
_compile = MacroFuzzEnvironment.compile
_compiled: dict[tuple[type, Any], Any] = {}


def compile_once(environment: MacroFuzzEnvironment, source: Any, *arguments: Any) -> Any:
    """The code of a text, which is the same whichever model it belongs to."""
    key = (type(environment), source)
    if key not in _compiled:
        _compiled[key] = _compile(environment, source, *arguments)
    return _compiled[key]


MacroFuzzEnvironment.compile = compile_once


@dataclass
class Answer:
    """How a dbt command ended: the exit code that its own process would have, what it prints, its events' texts."""

    code: int
    printed: str
    said: list[str] = field(default_factory=list)


def shared_folder(factory: pytest.TempPathFactory) -> Path:
    """The folder that all workers of this test run have in common."""
    base = factory.getbasetemp()
    return base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base


def made_once(file: Path, make: Callable[[Path], None]) -> Path:
    """``file``, which the first process that asks has made by ``make``; the others wait for it."""
    with file.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not file.exists():
            unfinished = file.with_suffix(".unfinished")
            make(unfinished)
            unfinished.rename(file)
    return file


def parsed_file(shared: Path, environment: Mapping[str, str], variables: Mapping[str, Any]) -> Path:
    """The project as it is parsed under those of these vars that parsing looks at, in dbt's own format."""
    variables = {name: variables[name] for name in PARSING_VARS if name in variables}
    if list(variables.get("sources", ())) == DEFAULT_SOURCES:
        del variables["sources"]
    asked = json.dumps([environment.get("ATTRIBUTION_TARGET", "duckdb"), variables], sort_keys=True)
    name = hashlib.sha256(asked.encode()).hexdigest()[:16]

    def parse(file: Path) -> None:
        with tempfile.TemporaryDirectory() as target, settings({**environment, "DBT_TARGET_PATH": target}):
            parsed = dbtRunner().invoke(["parse", "--quiet", "--no-write-json", "--vars", json.dumps(variables)])
            assert parsed.success, parsed.exception
            shutil.copy(Path(target) / "partial_parse.msgpack", file)

    return made_once(shared / f"parsed_{name}.msgpack", parse)


def manifest_file(shared: Path, environment: Mapping[str, str], sources: Sequence[str]) -> Path:
    """dbt's manifest.json with these sources on."""

    def parse(file: Path) -> None:
        with tempfile.TemporaryDirectory() as target, settings({**environment, "DBT_TARGET_PATH": target}):
            parsed = dbtRunner().invoke(["parse", "--quiet", "--vars", json.dumps({"sources": list(sources)})])
            assert parsed.success, parsed.exception
            shutil.copy(Path(target) / "manifest.json", file)

    return made_once(shared / f"manifest_{'_'.join(sources)}.json", parse)


@functools.lru_cache(maxsize=3)
def read(file: Path) -> Manifest:
    """A manifest as dbt takes it, without comments on columns: a fifth of a build's time, and read by few tests."""
    manifest = Manifest.from_msgpack(file.read_bytes())
    for node in manifest.nodes.values():
        node.config.persist_docs = {}
    manifest.build_flat_graph()
    return manifest


@contextlib.contextmanager
def settings(environment: Mapping[str, str]) -> Iterator[None]:
    """The settings of this project and of dbt are these alone while the block runs."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith(OWN_SETTINGS)]:
            patch.delenv(name)
        where = {"DBT_PROFILES_DIR": str(PROJECT_DIR), "DBT_PROJECT_DIR": str(PROJECT_DIR), "DBT_USE_COLORS": "false"}
        for name, value in {**where, **environment}.items():
            patch.setenv(name, value)
        yield


def run(manifest: Manifest, environment: Mapping[str, str], arguments: Sequence[str]) -> Answer:
    """One dbt command on this manifest; it ends with no connection open."""
    said: list[str] = []

    def listen(event: Any) -> None:
        if event.info.level in ("info", "warn", "error"):
            said.append(event.info.msg)

    printed = io.StringIO()
    with settings(environment), contextlib.redirect_stdout(printed):
        try:
            ended = dbtRunner(manifest=manifest, callbacks=[listen]).invoke(list(arguments))
        finally:
            DuckDBConnectionManager.close_all_connections()
    if ended.exception is not None:
        said.append(str(ended.exception))
    # https://docs.getdbt.com/reference/exit-codes: 1 where a node failed, 2 where the command itself did.
    code = 0 if ended.success else 1 if ended.exception is None else 2
    return Answer(code, printed.getvalue(), said)


def folders(folder: Path, warehouse: Path) -> dict[str, str]:
    """The settings for a warehouse whose dbt leaves its files in ``folder``."""
    return {
        "ATTRIBUTION_DUCKDB_PATH": str(warehouse),
        "DBT_TARGET_PATH": str(folder / "target"),
        "DBT_LOG_PATH": str(folder / "logs"),
    }
