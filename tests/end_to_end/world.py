"""One warehouse with dbt's folders beside it, and the steps of the whole way: load, build, write back."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

# dbt in this process, on a project that is parsed once; whoever has a world has this too.
sys.path.insert(0, str(Path(__file__).parents[1] / "histories"))

import parsed

from common.settings import PROJECT_DIR
from ingestion.pipeline import run_source
from sandbox.server import Sandbox
from write_back.run import WriteBackSummary, write_back

SEED, SCALE, AS_OF = 1, 0.02, date(2026, 6, 15)
CRM_ZONE = "America/New_York"
VARIABLES = {"crm_timezone": CRM_ZONE}
RATE_LIMIT = 1_000_000
OWN_SETTINGS = ("ATTRIBUTION_", "GENESYSCLOUD_", "SALESFORCE_", "DYNAMICS_", "SNOWFLAKE_", "DBT_")
# The schemas whose tables are contracts.
CONTRACT_SCHEMAS = ("marts", "reports", "exports")
# Pauses between attempts, which are short here: nothing but a sandbox is waited for.
PAUSES = (
    "ingestion.genesys.client.FIRST_PAUSE",
    "ingestion.salesforce.client.FIRST_PAUSE",
    "write_back.client.BACKOFF_SECONDS",
    "write_back.records.PAUSE_SECONDS",
)
# What a Genesys org remembers besides its conversations.
MEMORY = ("schemas", "attributes", "journal", "counters")
# What the write-back puts on a conversation, by title and by key: written out, so that no slip in the project's own
# list goes unseen.
WRITTEN_NAMES = {
    "AttributionCredit": "attribution_credit_number",
    "AttributionValue": "attribution_value_number",
    "AttributionModel": "attribution_model_text",
    "AttributionSingleWin": "attribution_single_win_number",
    "AttributionCampaignID": "attribution_campaign_id_text",
    "AttributionTouchSequence": "attribution_touch_sequence_integer",
    "AttributionConversions": "attribution_conversions_integer",
}

Row = dict[str, Any]
# Table → its columns, and its rows in the order of all columns.
Contents = dict[str, tuple[tuple[str, ...], list[tuple[Any, ...]]]]


@dataclass(frozen=True)
class World:
    """A DuckDB file and dbt's target and log folders, all inside ``folder``.

    One world serves several rounds, one after the other: ``clear`` or ``begin_with`` comes between. ``shared`` is where
    the worlds of other processes find the parsed project too.
    """

    folder: Path
    shared: Path

    @property
    def file(self) -> Path:
        """The warehouse."""
        return self.folder / "warehouse.duckdb"

    def clear(self) -> None:
        """Begin with no warehouse at all."""
        self.file.unlink(missing_ok=True)

    def begin_with(self, file: Path) -> None:
        """Begin with a copy of this warehouse."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self.file.write_bytes(file.read_bytes())

    def load(
        self, sandbox: Sandbox, *sources: str, since: datetime | None = None, until: datetime | None = None
    ) -> None:
        """Load ``sources`` (default: both systems) from the sandbox."""
        with self._settings(sandbox.environment):
            for source in sources or ("genesys", "salesforce"):
                run_source(source, since=since, until=until, variables=VARIABLES)

    def build(self, *arguments: str, variables: Row = VARIABLES, is_tested: bool = False) -> None:
        """Build all models and seeds in this process; the tests on data where ``is_tested``."""
        chosen = parsed.UNTESTED[2:] if is_tested else parsed.UNTESTED
        self.dbt_here("build", *parsed.QUIET, *chosen, *arguments, variables=variables)

    def dbt_here(self, *arguments: str, variables: Row = VARIABLES) -> None:
        """Run dbt in this process; fails where dbt does."""
        environment = parsed.folders(self.folder, self.file)
        manifest = parsed.read(parsed.parsed_file(self.shared, environment, variables))
        ended = parsed.run(manifest, environment, [*arguments, "--vars", json.dumps(variables)])
        assert ended.code == 0, "\n".join(ended.said)[-6000:]

    def write_back(self, sandbox: Sandbox) -> WriteBackSummary:
        """Send what changed; fails where a record did not get there."""
        with self._settings(sandbox.environment):
            summary = write_back()
        assert summary.failures == []
        return summary

    def go_the_whole_way(self, sandbox: Sandbox) -> WriteBackSummary:
        """Load both systems, build, write back."""
        self.load(sandbox)
        self.build()
        return self.write_back(sandbox)

    def dbt(self, *arguments: str, variables: Row | None = VARIABLES) -> str:
        """Run dbt as a scheduled job does, by its own command; gives what it prints, fails where dbt does.

        The home folder is an empty one, so that no profile of the user's can help.
        """
        home = self.folder / "home"
        home.mkdir(parents=True, exist_ok=True)
        kept = {name: value for name, value in os.environ.items() if not name.startswith(OWN_SETTINGS)}
        command = [str(Path(sys.executable).with_name("dbt")), *arguments]
        if variables is not None:
            command += ["--vars", json.dumps(variables)]
        ended = subprocess.run(
            command,
            cwd=PROJECT_DIR,
            env={
                **kept,
                "HOME": str(home),
                "ATTRIBUTION_DUCKDB_PATH": str(self.file),
                "DBT_TARGET_PATH": str(self.folder / "target"),
                "DBT_LOG_PATH": str(self.folder / "logs"),
            },
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=280,
        )
        assert ended.returncode == 0, f"dbt {' '.join(arguments)}:\n{ended.stdout[-6000:]}"
        assert list(home.iterdir()) == []
        return ended.stdout

    def manifest(self) -> Row:
        """What dbt knows of the project since its last command."""
        return json.loads((self.folder / "target" / "manifest.json").read_text())

    def query(self, sql: str, *parameters: Any) -> list[Row]:
        """Rows of a select."""
        return query(self.file, sql, *parameters)

    def contents(self) -> Contents:
        """Every contract table."""
        return contents(self.file)

    @contextmanager
    def _settings(self, environment: dict[str, str]) -> Iterator[None]:
        """This process's settings name this warehouse and the sandbox while the block runs."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with pytest.MonkeyPatch.context() as patch:
            for name in [name for name in os.environ if name.startswith(OWN_SETTINGS)]:
                patch.delenv(name)
            for name, value in {**environment, "ATTRIBUTION_DUCKDB_PATH": str(self.file)}.items():
                patch.setenv(name, value)
            for name in PAUSES:
                patch.setattr(name, 0.01)
            yield


@dataclass(frozen=True)
class FirstRound:
    """What the first round left behind. The warehouse is for reading; ``World.begin_with`` copies it.

    ``memory`` is what the Genesys org remembers of the write-back, ``windows`` the conversations of each details
    job of the load, ``attributes`` the org's records as GET /_sandbox/custom_attributes has them.
    """

    file: Path
    manifest: dict[str, Any]
    memory: dict[str, Any]
    windows: list[list[str]]
    attributes: list[dict[str, Any]]
    truth: dict[str, dict[str, Any]]
    sent: int

    def query(self, sql: str, *parameters: Any) -> list[dict[str, Any]]:
        """Rows of a select."""
        return query(self.file, sql, *parameters)

    def contents(self) -> Contents:
        """Every contract table."""
        return contents(self.file)

    def models(self) -> list[str]:
        """The attribution models."""
        rows = self.query("select attribution_model from marts.dim_attribution_models order by display_order")
        return [row["attribution_model"] for row in rows]


def query(file: Path, sql: str, *parameters: Any) -> list[Row]:
    """Rows of a select on a DuckDB file."""
    with duckdb.connect(str(file), read_only=True) as connection:
        connection.execute("set TimeZone = 'UTC'")
        cursor = connection.execute(sql, list(parameters))
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def contents(file: Path) -> Contents:
    """Every contract table of a DuckDB file, rows in the order of all columns, doubles to the last bit."""
    with duckdb.connect(str(file), read_only=True) as connection:
        tables = connection.execute(
            "select table_schema || '.' || table_name from information_schema.tables"
            " where table_schema in (?, ?, ?) order by 1",
            list(CONTRACT_SCHEMAS),
        ).fetchall()
        found: Contents = {}
        for (table,) in tables:
            cursor = connection.execute(f"select * from {table} order by all")
            found[table] = (tuple(column[0] for column in cursor.description), cursor.fetchall())
    return found


def differences(one: Contents, other: Contents) -> dict[str, Any]:
    """Where two warehouses differ: table → (rows that the first alone has, rows that the second alone has)."""
    assert one.keys() == other.keys()
    found = {}
    for table, (columns, rows) in one.items():
        other_columns, other_rows = other[table]
        if columns != other_columns:
            found[table] = (columns, other_columns)
        elif rows != other_rows:
            found[table] = (
                [row for row in rows if row not in other_rows],
                [row for row in other_rows if row not in rows],
            )
    return found
