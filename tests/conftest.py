"""What every test stands on: no setting of the developer's own machine reaches a test."""

from __future__ import annotations

import contextlib
import fcntl
import io
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from common.settings import PROJECT_DIR

OWN_SETTINGS = ("ATTRIBUTION_", "GENESYSCLOUD_", "SALESFORCE_", "DYNAMICS_", "SNOWFLAKE_")


@pytest.fixture(autouse=True)
def no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests set what they need themselves; what the shell has exported stays outside."""
    for name in [name for name in os.environ if name.startswith(OWN_SETTINGS)]:
        monkeypatch.delenv(name)


@pytest.fixture(scope="session")
def shared_folder(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """A folder that all processes of this run of the tests have in common."""
    own = tmp_path_factory.getbasetemp()
    return own if worker_id == "master" else own.parent


@pytest.fixture(scope="session")
def parsed(shared_folder: Path) -> Callable[[tuple[str, ...]], Any]:
    """``parsed(sources)``: the project's manifest for these sources, parsed by whichever process needs it first.

    Vars other than ``sources`` are looked at when a model is compiled. Comments on columns, a fifth of a build's time
    here, are switched off: no test of these reads them.
    """
    manifests: dict[tuple[str, ...], Any] = {}

    def parse(sources: tuple[str, ...]) -> Any:
        from dbt.contracts.graph.manifest import Manifest

        if sources not in manifests:
            folder = shared_folder / f"parsed_{'_'.join(sources)}"
            folder.mkdir(exist_ok=True)
            file = folder / "done.msgpack"
            with (folder / "lock").open("w") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
                if not file.exists():
                    in_process_dbt(folder / "w.duckdb", folder, "parse", sources=list(sources))
                    shutil.move(folder / "target" / "partial_parse.msgpack", file)
            manifests[sources] = Manifest.from_msgpack(file.read_bytes())
            for node in manifests[sources].nodes.values():
                node.config.persist_docs = {}
            manifests[sources].build_flat_graph()
        return manifests[sources]

    return parse


def in_process_dbt(file: Path, folder: Path, *arguments: str, manifest: Any = None, **variables: Any) -> str:
    """Run dbt over a DuckDB file in this process; returns what it said, raises with that where it failed."""
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager
    from dbt.cli.main import dbtRunner

    said: list[str] = []

    def listen(event: Any) -> None:
        if event.info.level != "debug":
            said.append(event.info.msg)

    with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stdout(io.StringIO()):
        patch.setenv("ATTRIBUTION_DUCKDB_PATH", str(file))
        patch.setenv("DBT_TARGET_PATH", str(folder / "target"))
        patch.setenv("DBT_LOG_PATH", str(folder / "logs"))
        where = ["--project-dir", str(PROJECT_DIR), "--profiles-dir", str(PROJECT_DIR)]
        quiet = ["--quiet", "--log-level-file", "none", "--no-write-json", "--no-version-check"]
        runner = dbtRunner(manifest=manifest, callbacks=[listen])
        try:
            ended = runner.invoke([*arguments, *quiet, *where, "--vars", json.dumps(variables)])
        finally:
            DuckDBConnectionManager.close_all_connections()
    assert ended.success, "\n".join([*said, str(ended.exception or "")])[-6000:]
    return "\n".join(said)


@pytest.fixture(scope="session")
def run_dbt(parsed: Callable[[tuple[str, ...]], Any]) -> Callable[..., str]:
    """``run_dbt(file, *arguments, **variables)``: dbt over a DuckDB file in this process, without parsing anew.

    The file's name is w.duckdb, as the manifest has it in the name of each table; target and logs are beside
    it. Returns what dbt said, raises with that where it failed.
    """

    def run(file: Path, *arguments: str, **variables: Any) -> str:
        assert file.name == "w.duckdb"
        manifest = parsed(tuple(variables["sources"]))
        return in_process_dbt(file, file.parent, *arguments, manifest=manifest, **variables)

    return run
