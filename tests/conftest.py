"""What every test stands on: no setting of the developer's own machine reaches a test."""

from __future__ import annotations

import contextlib
import gc
import io
import json
import logging
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from cli.dbt import GC_THRESHOLD

OWN_SETTINGS = ("ATTRIBUTION_", "GENESYSCLOUD_", "SALESFORCE_", "DYNAMICS_", "SNOWFLAKE_")

Attribution = Callable[..., subprocess.CompletedProcess[str]]

gc.set_threshold(*GC_THRESHOLD)

# Modules that take long, the longest first, but for those whose fixtures others wait for: they begin. With the others
# to fill the gaps, no process is left alone with one of these in the end.
LONG = (
    *("end_to_end/test_findings", "cli/test_run", "snowflake/test_same_rows", "histories/test_histories"),
    *("soak/test_soak", "cli/test_demo", "end_to_end/test_dynamics", "project/test_walkthroughs"),
    *("histories/test_incremental", "histories/test_brought_tables", "dbt/test_against_reference"),
    *("cli/test_forget", "bad_input/test_vars", "bad_input/test_stopped_builds", "cli/test_explain_check"),
    *("semantic/test_metrics", "project/test_site", "bad_input/test_kept_and_counted", "dbt/test_models_page"),
    *("end_to_end/test_late_data", "end_to_end/test_circular_lock", "cli/test_on_snowflake"),
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Long modules first; the others, and the tests of a module, in their order."""
    order = {f"tests/{name}.py": place for place, name in enumerate(LONG)}
    items.sort(key=lambda item: order.get(item.nodeid.partition("::")[0], len(order)))


@pytest.fixture(autouse=True)
def no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests set what they need themselves; what the shell has exported stays outside."""
    for name in [name for name in os.environ if name.startswith(OWN_SETTINGS)]:
        monkeypatch.delenv(name)


@pytest.fixture(scope="session")
def manifest_of(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Sequence[str]], Any]:
    """``manifest_of(sources)``: the project as it is parsed for these sources, once for all processes."""

    def read(sources: Sequence[str]) -> Any:
        # It imports dbt, which takes seconds.
        import parsed

        shared = parsed.shared_folder(tmp_path_factory)
        environment = parsed.folders(shared, shared / "warehouse.duckdb")
        return parsed.read(parsed.parsed_file(shared, environment, {"sources": sources}))

    return read


@pytest.fixture(scope="session")
def manifest_json(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Sequence[str]], dict[str, Any]]:
    """``manifest_json(sources)``: dbt's manifest.json with these sources on, made once for all processes."""

    def read(sources: Sequence[str]) -> dict[str, Any]:
        import parsed

        shared = parsed.shared_folder(tmp_path_factory)
        file = parsed.manifest_file(shared, parsed.folders(shared, shared / "warehouse.duckdb"), sources)
        return json.loads(file.read_text(encoding="utf-8"))

    return read


@pytest.fixture(scope="session")
def run_dbt(manifest_of: Callable[[Sequence[str]], Any]) -> Callable[..., str]:
    """``run_dbt(file, *arguments, **variables)``: dbt over a file called warehouse.duckdb, in this process.

    The folders target and logs are beside the file. Returns what dbt said, raises with that where it failed.
    """

    def run(file: Path, *arguments: str, **variables: Any) -> str:
        import parsed

        assert file.name == "warehouse.duckdb"
        given = [*arguments, *parsed.QUIET, "--vars", json.dumps(variables)]
        ended = parsed.run(manifest_of(variables["sources"]), parsed.folders(file.parent, file), given)
        said = "\n".join(ended.said)
        assert ended.code == 0, said[-6000:]
        return said

    return run


@pytest.fixture(scope="session")
def attribution_here(tmp_path_factory: pytest.TempPathFactory) -> Attribution:
    """``attribution_here(*arguments, **settings)``: the command in this process, with these settings alone.

    It prints and ends as a process of its own does, seconds faster. Its dbt works on the shared manifest, for which the
    warehouse's file has to be called warehouse.duckdb, and leaves out tests on data, which the demo and `dbt build`
    have in processes of their own. What is about locks between processes, signals or a traceback needs one too.
    """

    def dbt(*arguments: str, variables: dict[str, Any] | None = None, quiet: bool = False) -> None:
        import parsed

        from common.errors import AttributionError

        own = {name: value for name, value in os.environ.items() if name.startswith(parsed.OWN_SETTINGS)}
        assert Path(own["ATTRIBUTION_DUCKDB_PATH"]).name == "warehouse.duckdb"
        manifest = parsed.read(parsed.parsed_file(parsed.shared_folder(tmp_path_factory), own, variables or {}))
        untested = parsed.UNTESTED[:2] if arguments[0] == "build" else ()
        given = [*arguments, *untested, *parsed.QUIET[2:], "--vars", json.dumps(variables or {})]
        ended = parsed.run(manifest, own, given)
        if ended.code or not quiet:
            print(ended.printed, *ended.said[-1:], file=sys.stderr)
        if ended.code:
            raise AttributionError(f"dbt {arguments[0]} failed.", "Its own messages above say what.")

    def run(*arguments: str, **settings: str | Path) -> subprocess.CompletedProcess[str]:
        from cli import main
        from common.settings import PROJECT_DIR

        out, err = io.StringIO(), io.StringIO()
        on_stop = signal.getsignal(signal.SIGTERM)
        with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            for name in [name for name in os.environ if name.startswith((*OWN_SETTINGS, "DBT_"))]:
                patch.delenv(name)
            for name, value in settings.items():
                patch.setenv(name, str(value))
            patch.chdir(PROJECT_DIR)
            patch.setattr(sys, "argv", ["attribution", *arguments])
            patch.setattr("cli.dbt.dbt", dbt)
            # Where nothing handles what is logged yet, it goes to stderr.
            patch.setattr(logging.root, "handlers", [])
            try:
                main.main()
                code = 0
            except SystemExit as left:
                code = int(left.code or 0)
            finally:
                signal.signal(signal.SIGTERM, on_stop)
        return subprocess.CompletedProcess(arguments, code, out.getvalue(), err.getvalue())

    return run
