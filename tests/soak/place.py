"""A warehouse with its org, the commands that work on them as an operator's do, and what both hold in the end."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb

from common.settings import PROJECT_DIR
from sandbox.genesys import GenesysState
from sandbox.org import Org
from sandbox.server import Sandbox

OWN_SETTINGS = ("ATTRIBUTION_", "GENESYSCLOUD_", "SALESFORCE_", "SNOWFLAKE_", "DBT_")
# Pauses between attempts are short: nothing but a sandbox is waited for.
QUICK = """
import sys
import write_back.client, write_back.records
write_back.client.BACKOFF_SECONDS = write_back.records.PAUSE_SECONDS = 0.02
if sys.argv[1] != "write-back":
    import ingestion.genesys.client, ingestion.salesforce.client
    ingestion.genesys.client.FIRST_PAUSE = ingestion.salesforce.client.FIRST_PAUSE = 0.02
if sys.argv[1] == "run":
    # Tests write nothing, and are half of a build's time. What the command line names, the environment can't add to.
    import cli.dbt
    cli.dbt.WITHOUT_UNIT_TESTS += ("--exclude-resource-type", "test")
sys.argv[0] = "attribution"
from cli.main import main
main()
"""
# Schemas whose tables are compared, and the columns that say when, not what.
RAW = ("raw_genesys", "raw_salesforce")
CONTRACTS = ("marts", "reports", "exports")
OF_THE_MOMENT = ("_dlt", "read_at", "loaded_at")
RATE_LIMIT = 1_000_000
# How long a command may take that nobody kills, before it counts as hanging.
PATIENCE_SECONDS = 600.0

# Table → its rows as text, and how often each is there.
Contents = dict[str, Counter[str]]


@dataclass
class Done:
    """How a command ended: its exit code (negative: the signal), what it said, and how long it took."""

    code: int
    said: str
    seconds: float


@dataclass
class Place:
    """A DuckDB file with dbt's folders beside it. The file stays at one path, so that dbt parses the project once."""

    folder: Path
    environment: dict[str, str] = field(default_factory=dict)
    # One for all sandboxes, one after the other: a warehouse remembers its org's address.
    port: int = 0

    @property
    def file(self) -> Path:
        """The warehouse."""
        return self.folder / "warehouse.duckdb"

    def begin(self, copied: Path | None = None) -> None:
        """Begin with no warehouse, or with a copy of this one."""
        self.folder.mkdir(parents=True, exist_ok=True)
        for left in self.folder.glob("warehouse.duckdb*"):
            left.unlink()
        if copied is not None:
            shutil.copy(copied, self.file)

    def keep(self, name: str) -> Path:
        """A copy of the warehouse as it is."""
        kept = self.folder / f"{name}.duckdb"
        with duckdb.connect(str(self.file)) as connection:
            connection.execute("checkpoint")
        shutil.copy(self.file, kept)
        return kept

    @contextmanager
    def org(self, org: Org, memory: Mapping[str, Any] | None = None, **options: Any) -> Iterator[Sandbox]:
        """A sandbox that the commands talk to while the block runs; ``memory`` is what its Genesys org remembers."""
        with Sandbox(org, port=self.port, rate_limit=RATE_LIMIT, **options) as sandbox:
            self.port = int(sandbox.base_url.rpartition(":")[2])
            for name, value in (memory or {}).items():
                setattr(sandbox.genesys, name, value)
            self.environment = sandbox.environment
            yield sandbox

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """`attribution <arguments>` in a process group of its own."""
        return self._start([sys.executable, "-c", QUICK, *arguments])

    def start_script(self, script: str, *arguments: str) -> subprocess.Popen[str]:
        """Python code in a process of its own."""
        return self._start([sys.executable, "-c", script, *arguments])

    def _start(self, command: list[str]) -> subprocess.Popen[str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(OWN_SETTINGS)}
        output = self.folder / "output.txt"
        with output.open("w") as file:
            return subprocess.Popen(
                command,
                cwd=PROJECT_DIR,
                env={
                    **kept,
                    **self.environment,
                    "PYTHONPATH": str(PROJECT_DIR),
                    "ATTRIBUTION_DUCKDB_PATH": str(self.file),
                    "DBT_TARGET_PATH": str(self.folder / "target"),
                    "DBT_LOG_PATH": str(self.folder / "logs"),
                    "DBT_PROFILES_DIR": str(PROJECT_DIR),
                    # The same for a dbt by itself.
                    "DBT_EXCLUDE_RESOURCE_TYPES": "test unit_test",
                    "DBT_PROJECT_DIR": str(PROJECT_DIR),
                },
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                text=True,
            )

    def finished(self, process: subprocess.Popen[str], seconds: float = PATIENCE_SECONDS) -> Done:
        """Wait for the end of a process that nobody kills."""
        begin = time.monotonic()
        try:
            code = process.wait(seconds)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            code = process.wait()
        return Done(code, (self.folder / "output.txt").read_text(errors="replace"), time.monotonic() - begin)

    def run(self, *arguments: str) -> Done:
        """`attribution <arguments>` to its end; where another process still works on the warehouse, again."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            done = self.finished(self.start(*arguments))
            is_held = "is in use by" in done.said or "still running" in done.said or "is under way" in done.said
            if done.code == 0 or not is_held or time.monotonic() > deadline:
                return done
            time.sleep(0.5)


def kill(process: subprocess.Popen[str], draw: random.Random, longest: float, with_children: bool = True) -> bool:
    """SIGKILL after a moment drawn up to ``longest`` seconds; False where the process had ended by then."""
    try:
        process.wait(draw.uniform(0.05, longest))
        return False
    except subprocess.TimeoutExpired:
        if with_children:
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
        process.wait()
        return True


def contents(file: Path, schemas: tuple[str, ...]) -> Contents:
    """The rows of every table of these schemas, without what says when they were written."""
    found: Contents = {}
    with duckdb.connect(str(file), read_only=True) as connection:
        connection.execute("set TimeZone = 'UTC'")
        columns: dict[str, list[str]] = {}
        for schema, table, column in connection.execute(
            "select table_schema, table_name, column_name from information_schema.columns"
            " where table_schema in (select unnest(?)) order by 1, 2, ordinal_position",
            [list(schemas)],
        ).fetchall():
            if not table.startswith("_dlt") and table != "completed_loads":
                columns.setdefault(f"{schema}.{table}", [])
                if not column.startswith(OF_THE_MOMENT):
                    columns[f"{schema}.{table}"].append(f'"{column}"')
        for table, names in columns.items():
            rows = connection.execute(f"select {', '.join(names)} from {table}").fetchall()
            found[table] = Counter(repr(row) for row in rows)
    return found


@dataclass
class Difference:
    """Rows or writes that are missing, there too often, or there and wrong."""

    lost: int = 0
    doubled: int = 0
    wrong: int = 0
    where: list[str] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.where)


def compare(expected: Contents, found: Contents) -> Difference:
    """How two contents differ, table by table."""
    difference = Difference()
    for table in sorted(expected.keys() | found.keys()):
        less = expected.get(table, Counter()) - found.get(table, Counter())
        more = found.get(table, Counter()) - expected.get(table, Counter())
        twice = sum(count for row, count in more.items() if row in expected.get(table, Counter()))
        changed = min(less.total(), more.total() - twice)
        if less or more:
            difference.doubled += twice
            difference.wrong += changed + max(more.total() - twice - changed, 0)
            difference.lost += less.total() - changed
            example = next(iter([*less, *more]))[:300]
            difference.where.append(f"{table}: {less.total()} less, {more.total()} more, such as {example}")
    return difference


def of_org(state: GenesysState) -> Contents:
    """What the org holds, and every write that it accepted, without when and without versions."""
    held = Counter(
        json.dumps([conversation, record["id"], record["customAttributes"]], sort_keys=True)
        for conversation, records in state.attributes.items()
        for record in records.values()
    )
    written = Counter(
        json.dumps([entry["kind"], entry.get("conversationId"), entry.get("customAttributes")], sort_keys=True)
        for entry in state.journal
    )
    return {"org.custom_attributes": held, "org.journal": written}
