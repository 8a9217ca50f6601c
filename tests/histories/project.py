"""A warehouse that histories happen to: rows in as a load leaves them, dbt in this process, or killed in its own."""

from __future__ import annotations

import contextlib
import io
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path

import parsed
from warehouse import Contents, Row, Warehouse

from common.settings import PROJECT_DIR
from ingestion.pipeline import run_source
from ingestion.webhook import load_webhook
from sandbox.org import Org
from sandbox.server import Sandbox

# What a warehouse keeps when everything that dbt built is taken away.
KEPT_SCHEMAS = ("raw_", "seeds", "information_schema", "pg_catalog", "main")

# A dbt of its own on a project that is parsed already; what a scheduled job runs, but seconds faster.
BUILD_BY_ITSELF = """
import sys
from pathlib import Path
from dbt.cli.main import dbtRunner
from dbt.contracts.graph.manifest import Manifest
manifest = Manifest.from_msgpack(Path(sys.argv[1]).read_bytes())
manifest.build_flat_graph()
sys.exit(not dbtRunner(manifest=manifest).invoke(sys.argv[2:]).success)
"""


@dataclass
class Built:
    """How a build ended, and what dbt said at level info."""

    is_good: bool
    said: list[str] = field(default_factory=list)


class Project(Warehouse):
    """One DuckDB file with dbt's folders beside it; ``begin`` makes it new.

    ``shared`` is where projects of other processes find the parsed project and the empty warehouses too; by default
    the folder itself.
    """

    def __init__(self, folder: Path, shared: Path | None = None) -> None:
        super().__init__(folder)
        self.shared = shared or folder
        # Vars that dbt looks at when it parses the project, and not again: where the raw tables are.
        self.parsing_vars: Row = {}
        # How long the last build took.
        self.seconds = 0.0

    @property
    def environment(self) -> dict[str, str]:
        return {
            **parsed.folders(self.folder, self.file),
            "DBT_PROFILES_DIR": str(PROJECT_DIR),
            "DBT_PROJECT_DIR": str(PROJECT_DIR),
        }

    def begin(self, sources: tuple[str, ...]) -> None:
        """Begin with raw tables and seeds as real loads make them, and nothing else."""
        self._remove()
        target = self.environment.get("ATTRIBUTION_TARGET", "duckdb")
        name = f"template_{target}_{'_'.join(sources)}.duckdb"
        template = parsed.made_once(self.shared / name, lambda file: self._make_template(sources, file))
        self._remove()
        shutil.copy(template, self.file)

    def _remove(self) -> None:
        for file in (self.file, self.file.with_suffix(".duckdb.wal")):
            file.unlink(missing_ok=True)

    def _make_template(self, sources: tuple[str, ...], file: Path) -> None:
        """All raw tables by real loads of files without rows and an org without records, and the seeds."""
        org = Org(seed=1, scale=1.0, as_of=date(2024, 12, 1), organization={"id": "org", "name": "Org"})
        with contextlib.ExitStack() as stack:
            stack.enter_context(contextlib.redirect_stderr(io.StringIO()))
            environment = self.environment
            if set(sources) - {"files"}:
                environment |= stack.enter_context(Sandbox(org, rate_limit=1_000_000)).environment
            stack.enter_context(parsed.settings({**environment, "ATTRIBUTION_DUCKDB_PATH": str(self.file)}))
            for source in sources:
                if source == "files":
                    self.load_files(touches=[], conversions=[])
                elif source == "webhook":
                    load_webhook()
                else:
                    # Since a day: from the sandbox's first one there are hundreds of windows to ask for.
                    run_source(source, since=datetime(2026, 1, 1, tzinfo=UTC))
        ended = self.dbt("seed", sources, {})
        assert ended.is_good, ended.said
        shutil.copy(self.file, file)

    def dbt(self, command: str, sources: tuple[str, ...], variables: Row, *arguments: str) -> Built:
        """Run a dbt command in this process, on the project as it was parsed for these sources."""
        manifest = parsed.read(self._parsed_file(sources))
        given = ["--vars", json.dumps({"sources": sources, **variables}), *arguments]
        ended = parsed.run(manifest, self.environment, [command, *parsed.QUIET, *given])
        return Built(ended.code == 0, ended.said)

    def _parsed_file(self, sources: tuple[str, ...]) -> Path:
        return parsed.parsed_file(self.shared, self.environment, {"sources": sources, **self.parsing_vars})

    def build(self, sources: tuple[str, ...], variables: Row) -> Built:
        """An incremental build of all models, as a scheduled job has it, without tests and seeds."""
        begun = time.monotonic()
        built = self.dbt("run", sources, variables)
        self.seconds = time.monotonic() - begun
        return built

    def killed_build(self, sources: tuple[str, ...], variables: Row, models: int, pause: float) -> bool:
        """A build in a process of its own that is killed ``pause`` seconds after so many models are done.

        Returns whether it was killed: false where it ended before.
        """
        process = subprocess.Popen(
            [
                *(sys.executable, "-c", BUILD_BY_ITSELF, str(self._parsed_file(sources))),
                *("--no-use-colors", "run", "--vars", json.dumps({"sources": sources, **variables})),
            ],
            cwd=PROJECT_DIR,
            env={**os.environ, **self.environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        assert process.stdout is not None
        done, said = 0, []
        for line in process.stdout:
            said.append(line)
            done += " OK created " in line
            if done >= models:
                time.sleep(pause)
                process.send_signal(signal.SIGKILL)
                break
        process.stdout.read()
        process.stdout.close()
        code = process.wait()
        assert code in (0, -signal.SIGKILL), "".join(said)
        return code != 0

    def fully_refreshed(self, sources: tuple[str, ...], variables: Row) -> Contents:
        """What ``--full-refresh`` makes, in another warehouse, of the same raw rows and seeds."""
        aside = self.folder / "aside.duckdb"
        self.file.rename(aside)
        try:
            shutil.copy(aside, self.file)
            with self.connect() as connection:
                schemas = connection.execute("select distinct schema_name from information_schema.schemata").fetchall()
                for (schema,) in schemas:
                    if not schema.startswith(KEPT_SCHEMAS):
                        connection.execute(f'drop schema "{schema}" cascade')
            ended = self.dbt("run", sources, variables, "--full-refresh")
            assert ended.is_good, "\n".join(ended.said[-20:])
            return self.contents()
        finally:
            self._remove()
            aside.rename(self.file)
