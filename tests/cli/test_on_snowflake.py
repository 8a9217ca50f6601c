"""The commands say the same on Snowflake as on DuckDB, and Genesys Cloud's JSON gets there whole.

The stand-in holds what `attribution run` left in a DuckDB file, table by table.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest
from both import StandIn, point_at
from snowflake_reference import FUNCTIONS, read
from typer.testing import CliRunner

from cli.main import app
from common.warehouse import connect
from ingestion.pipeline import run_source

# What a page says of when it was made, and how long ago the loads were.
SAID_OF_NOW = re.compile(r'[0-9-]+ [0-9:]+ UTC|(?<="age":")[^"]*')


@pytest.fixture(scope="module")
def stand_in(finished_run: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[StandIn]:
    """With a copy of the DuckDB file."""
    settings, answer = finished_run
    assert answer.returncode == 0, answer.stdout + answer.stderr
    file = Path(settings["ATTRIBUTION_DUCKDB_PATH"])
    with duckdb.connect(str(file), read_only=True) as connection:
        found = connection.execute(
            "select distinct table_schema from information_schema.tables where table_schema != 'main'"
        ).fetchall()
    with StandIn(tmp_path_factory.mktemp("stand_in")) as started:
        started.copy(file, [schema for (schema,) in found])
        yield started


@pytest.fixture
def on(finished_run: Any, stand_in: StandIn, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """``on(target)`` turns all settings there. In the end, what was asked of Snowflake is held to be Snowflake's."""
    begun = len(stand_in.written("statements.jsonl"))

    def point(target: str, **more: str) -> None:
        there = stand_in.environment if target == "snowflake" else {"ATTRIBUTION_TARGET": "duckdb"}
        point_at({**finished_run[0], "COLUMNS": "160", **there, **more}, monkeypatch)

    yield point
    asked = {row["sql"] for row in stand_in.written("statements.jsonl", begun) if not dlts_own(row["sql"])}
    unknown = {sql: not_listed for sql in asked if (not_listed := read(sql).functions - set(FUNCTIONS))}
    assert asked and unknown == {}


def said(on: Any, *arguments: str) -> list[str]:
    """What a command prints on both."""
    found = []
    for target in ("duckdb", "snowflake"):
        on(target)
        ended = CliRunner().invoke(app, list(arguments))
        assert ended.exit_code == 0, f"{target}: {ended.output} {ended.exception!r}"
        found.append(ended.stdout)
    return found


def first(on: Any, sql: str) -> str:
    on("duckdb")
    with connect(read_only=True) as warehouse:
        return str(next(iter(warehouse.query(sql)[0].values())))


@pytest.mark.parametrize(
    ("arguments", "sql"),
    [
        (
            ["explain"],
            "select conversion_id from marts.fct_attribution group by 1 order by count(*) desc, 1 limit 1",
        ),
        (
            ["explain", "--touch"],
            "select touch_id from marts.fct_attribution group by 1 order by count(*) desc, 1 limit 1",
        ),
        (["write-back", "--dry-run"], ""),
        (["forget", "--dry-run"], "select id from raw_salesforce.lead order by 1 limit 1"),
    ],
    ids=["explain", "touch", "write-back", "forget"],
)
def test_a_command_says_the_same_on_both(on: Any, arguments: list[str], sql: str) -> None:
    on_duckdb, on_snowflake = said(on, *arguments, *([first(on, sql)] if sql else []))
    assert len(on_duckdb) > 100
    assert on_snowflake == on_duckdb


def test_doctor_finds_the_same_on_both(on: Any) -> None:
    own = {"Disk space", "Snowflake user"}
    found = [
        [(row["name"], row["status"]) for row in json.loads(text) if row["name"] not in own]
        for text in said(on, "doctor", "--json", "--vars", "{crm_timezone: America/New_York}")
    ]
    assert len(found[0]) > 20 and found[0] == found[1]


def test_the_dashboard_shows_the_same_on_both(on: Any, tmp_path: Path) -> None:
    pages = []
    for target in ("duckdb", "snowflake"):
        on(target)
        file = tmp_path / f"{target}.html"
        assert CliRunner().invoke(app, ["dashboard", "--no-journeys", "--out", str(file)]).exit_code == 0
        pages.append(SAID_OF_NOW.sub("", file.read_text(encoding="utf-8")))
    assert len(pages[0]) > 100_000 and pages[0] == pages[1]


def test_a_write_back_sends_from_snowflake_what_it_sent_from_duckdb(on: Any, sandbox: Any) -> None:
    entries = "select * from write_back.ledger order by 1, 2, 3"
    on("duckdb")
    with connect(read_only=True) as warehouse:
        before = warehouse.query(entries)
    # The org counts how often a record was written, here by tests before this one too.
    records = [sandbox.genesys.attributes[row["conversation_id"]][row["record_id"]] for row in before]
    written = [record["version"] for record in records]
    on("snowflake")
    with connect() as warehouse:
        warehouse.execute("drop table write_back.ledger")
    ended = CliRunner().invoke(app, ["write-back"])
    assert ended.exit_code == 0 and f"write-back: {len(before)} sent" in ended.stdout, ended.output
    with connect(read_only=True) as warehouse:
        after = warehouse.query(entries)
    assert [row["version"] for row in after] == [version + 1 for version in written]
    kept = [name for name in before[0] if name not in ("sent_at", "version")]
    assert [[row[name] for name in kept] for row in after] == [[row[name] for name in kept] for row in before]


def test_json_is_loaded_as_variant(on: Any, stand_in: StandIn) -> None:
    on("snowflake", SNOWFLAKE_DATABASE="loads")
    begun = len(stand_in.written("statements.jsonl"))
    run_source("genesys")
    made = [row["sql"] for row in stand_in.written("statements.jsonl", begun) if "VARIANT" in row["sql"]]
    assert [sql for sql in made if '"CONVERSATIONS"' in sql and '"PARTICIPANTS"' in sql]
    loaded = []
    for target in ("duckdb", "snowflake"):
        on(target, **({"SNOWFLAKE_DATABASE": "loads"} if target == "snowflake" else {}))
        with connect(read_only=True) as warehouse:
            rows = warehouse.query("select * from raw_genesys.conversations order by conversation_id")
        loaded.append([own_cells(row) for row in rows])
    assert len(loaded[0]) > 100 and isinstance(loaded[0][0]["participants"], list)
    assert loaded[0] == loaded[1]


def own_cells(row: dict[str, Any]) -> dict[str, Any]:
    """Without dlt's own, JSON read."""
    return {
        name: json.loads(cell) if isinstance(cell, str) and cell[:1] in ("[", "{") else cell
        for name, cell in row.items()
        if "_dlt" not in name
    }


def dlts_own(sql: str) -> bool:
    """dlt quotes every name; nothing else here does."""
    return '"' in sql
