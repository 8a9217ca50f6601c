"""What every load has in common: one warehouse, one memory, all or nothing."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import dlt
import pytest
from dlt.extract import DltSource
from dlt.pipeline.exceptions import PipelineStepFailed

from common.errors import AttributionError
from common.settings import PROJECT_DIR
from ingestion import pipeline, progress

Query = Callable[[str], list[dict[str, Any]]]


def a_source(rows: list[dict[str, Any]], error: Exception | None = None) -> DltSource:
    """One table of things; ``error`` is raised after the rows were read. The state counts the loads."""

    @dlt.resource(
        name="things",
        primary_key="id",
        write_disposition="merge",
        columns={"id": {"data_type": "text"}, "load_number": {"data_type": "bigint"}},
    )
    def things() -> Iterator[list[dict[str, Any]]]:
        state = dlt.current.resource_state()
        state["loads"] = state.get("loads", 0) + 1
        yield [{**row, "load_number": state["loads"]} for row in rows]
        if error:
            raise error

    @dlt.source(name="sample", max_table_nesting=0)
    def sample() -> Any:
        return things

    return sample()


THINGS = "select id, load_number from raw_sample.things order by id"


@contextmanager
def another_process(code: str, **environment: str) -> Iterator[subprocess.Popen[str]]:
    """Python code in a process of its own that says "ready" and is killed at the end."""
    process = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(code)],
        cwd=PROJECT_DIR,
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline().strip() == "ready"
        yield process
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


HOLD = """
    import duckdb, sys, time
    held = duckdb.connect({path!r})
    print("ready", flush=True)
    time.sleep(60)
"""


def test_the_state_of_a_source_lives_in_its_warehouse(
    warehouse_file: Path, warehouse: Query, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pipeline.load(a_source([{"id": "a"}]))
    pipeline.load(a_source([{"id": "b"}]))
    assert warehouse(THINGS) == [{"id": "a", "load_number": 1}, {"id": "b", "load_number": 2}]
    monkeypatch.setenv("ATTRIBUTION_DUCKDB_PATH", str(tmp_path / "other.duckdb"))
    pipeline.load(a_source([{"id": "c"}]))
    assert warehouse(THINGS) == [{"id": "c", "load_number": 1}]


def test_a_copied_warehouse_goes_on_where_the_original_was(
    warehouse_file: Path, warehouse: Query, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pipeline.load(a_source([{"id": "a"}]))
    copied = tmp_path / "moved" / "copied.duckdb"
    copied.parent.mkdir()
    copied.write_bytes(warehouse_file.read_bytes())
    monkeypatch.setenv("ATTRIBUTION_DUCKDB_PATH", str(copied))
    pipeline.load(a_source([{"id": "b"}]))
    assert warehouse(THINGS) == [{"id": "a", "load_number": 1}, {"id": "b", "load_number": 2}]


def test_a_load_leaves_nothing_outside_the_warehouse(
    warehouse_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home, temporary = tmp_path / "home", tmp_path / "temporary"
    home.mkdir()
    temporary.mkdir()
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setattr("tempfile.tempdir", str(temporary))
    pipeline.load(a_source([{"id": "a"}]))
    assert list(home.iterdir()) == []
    assert list(temporary.iterdir()) == []


def test_the_staging_schema_keeps_no_row(warehouse_file: Path, warehouse: Query) -> None:
    pipeline.load(a_source([{"id": "a"}]))
    pipeline.load(a_source([{"id": "a"}]))
    assert warehouse("select * from raw_sample_staging.things") == []


def test_a_load_that_ended_well_is_recorded_once(warehouse_file: Path, warehouse: Query) -> None:
    since = datetime(2026, 6, 1, tzinfo=UTC)
    summary = pipeline.load(a_source([{"id": "a"}, {"id": "b"}]), since=since, notes=["a note"])
    assert (summary.source, summary.rows, summary.notes) == ("sample", {"things": 2}, ["a note"])
    assert summary.started_at <= summary.finished_at
    [row] = warehouse("select loaded_at, since, until from raw_sample.completed_loads")
    assert summary.started_at <= row["loaded_at"] <= summary.finished_at
    assert (row["since"], row["until"]) == (since, None)


def test_a_sentence_from_inside_a_resource_reaches_the_caller(warehouse_file: Path, warehouse: Query) -> None:
    pipeline.load(a_source([{"id": "a"}]))
    with pytest.raises(AttributionError) as caught:
        pipeline.load(a_source([{"id": "a"}, {"id": "b"}], AttributionError("It is broken.", "Mend it.")))
    assert (caught.value.message, caught.value.remedy) == ("It is broken.", "Mend it.")
    assert warehouse(THINGS) == [{"id": "a", "load_number": 1}]
    assert warehouse("select count(*) as rows from raw_sample.completed_loads") == [{"rows": 1}]


def test_an_error_nobody_foresaw_keeps_its_traceback(warehouse_file: Path) -> None:
    with pytest.raises(PipelineStepFailed) as caught:
        pipeline.load(a_source([{"id": "a"}], ZeroDivisionError("deep inside")))
    causes = []
    error: BaseException | None = caught.value
    while error is not None:
        causes.append(type(error))
        error = error.__cause__
    assert causes[-1] is ZeroDivisionError


def test_a_locked_warehouse_stops_the_load_before_anything_is_read(warehouse_file: Path) -> None:
    source = a_source([{"id": "a"}])
    read: list[Any] = []
    source.resources["things"].add_map(read.append)
    with another_process(HOLD.format(path=str(warehouse_file))) as holder:
        with pytest.raises(AttributionError) as caught:
            pipeline.load(source)
        assert f"{warehouse_file} is in use by process {holder.pid}" in caught.value.message
    assert read == []
    assert "try again" in caught.value.remedy


def test_a_warehouse_that_is_locked_while_a_load_reads_is_a_sentence(warehouse_file: Path, warehouse: Query) -> None:
    pipeline.load(a_source([{"id": "a"}]))
    source = a_source([{"id": "b"}])
    holding: list[Any] = []

    def lock(item: Any) -> Any:
        if not holding:
            holding.append(another_process(HOLD.format(path=str(warehouse_file))))
            holding[0].__enter__()
        return item

    source.resources["things"].add_map(lock)
    try:
        with pytest.raises(AttributionError, match="is in use by process"):
            pipeline.load(source)
    finally:
        holding[0].__exit__(None, None, None)
    assert warehouse(THINGS) == [{"id": "a", "load_number": 1}]


def test_a_file_that_is_no_warehouse_is_named_and_left_alone(warehouse_file: Path) -> None:
    warehouse_file.write_text("id,name\n1,Ann\n" * 400)
    with pytest.raises(AttributionError, match="is not a DuckDB file"):
        pipeline.load(a_source([{"id": "a"}]))
    assert warehouse_file.read_text().startswith("id,name")


def test_a_warehouse_in_a_folder_that_is_not_there_yet_is_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "new" / "folder" / "w.duckdb"
    monkeypatch.setenv("ATTRIBUTION_DUCKDB_PATH", str(path))
    pipeline.load(a_source([{"id": "a"}]))
    assert path.exists()


def test_the_warehouse_is_free_for_others_after_a_load(warehouse_file: Path) -> None:
    pipeline.load(a_source([{"id": "a"}]))
    with another_process(HOLD.format(path=str(warehouse_file))):
        pass


def test_a_load_that_is_killed_while_it_reads_leaves_the_raw_tables_as_they_were(
    warehouse_file: Path, warehouse: Query
) -> None:
    pipeline.load(a_source([{"id": "a"}]))
    code = """
        import time
        import dlt
        from ingestion import pipeline

        @dlt.resource(name="things", primary_key="id", write_disposition="merge")
        def things():
            yield [{"id": "a", "load_number": 99}, {"id": "b", "load_number": 99}]
            print("ready", flush=True)
            time.sleep(60)

        @dlt.source(name="sample", max_table_nesting=0)
        def sample():
            return things

        pipeline.load(sample())
    """
    with another_process(code) as loading:
        os.kill(loading.pid, signal.SIGKILL)
        loading.wait()
    assert warehouse(THINGS) == [{"id": "a", "load_number": 1}]
    pipeline.load(a_source([{"id": "b"}]))
    assert warehouse(THINGS) == [{"id": "a", "load_number": 1}, {"id": "b", "load_number": 2}]


def test_an_unknown_source_is_named(warehouse_file: Path) -> None:
    with pytest.raises(AttributionError, match=r"no source 'hubspot'.*genesys, salesforce, dynamics"):
        pipeline.run_source("hubspot")
    assert not warehouse_file.exists()


def test_since_that_is_not_before_until_is_a_sentence(warehouse_file: Path) -> None:
    later, earlier = datetime(2026, 6, 2, tzinfo=UTC), datetime(2026, 6, 1)
    with pytest.raises(AttributionError, match="is not before --until 2026-06-01T00:00:00"):
        pipeline.run_source("genesys", since=later, until=earlier)


def test_a_missing_setting_of_snowflake_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ATTRIBUTION_TARGET", "snowflake")
    monkeypatch.setenv("SNOWFLAKE_ACCOUNT", "acme")
    with pytest.raises(AttributionError, match="SNOWFLAKE_USER is not set"):
        pipeline.destination()


def test_the_snowflake_settings_reach_dlt(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = {
        "ATTRIBUTION_TARGET": "snowflake",
        "SNOWFLAKE_ACCOUNT": "acme-eu",
        "SNOWFLAKE_USER": "loader",
        "SNOWFLAKE_PASSWORD": "hidden",
        "SNOWFLAKE_DATABASE": "attribution",
        "SNOWFLAKE_WAREHOUSE": "small",
        "SNOWFLAKE_ROLE": "loading",
    }
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    destination = pipeline.destination()
    found = destination.configuration(
        destination.spec()._bind_dataset_name(dataset_name="raw_sample")  # type: ignore[attr-defined]
    ).credentials
    assert (found.host, found.username, found.password, found.database, found.warehouse, found.role) == tuple(
        settings[name]
        for name in (
            "SNOWFLAKE_ACCOUNT",
            "SNOWFLAKE_USER",
            "SNOWFLAKE_PASSWORD",
            "SNOWFLAKE_DATABASE",
            "SNOWFLAKE_WAREHOUSE",
            "SNOWFLAKE_ROLE",
        )
    )


def test_progress_is_lines_where_there_is_no_terminal(warehouse_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pipeline.load(a_source([{"id": "a"}, {"id": "b"}]))
    captured = capsys.readouterr()
    assert captured.err == "reading sample: things: 2 rows\n"
    assert captured.out == ""


def test_progress_is_bars_on_a_terminal(
    warehouse_file: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress, "collector", progress.Bars)
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    monkeypatch.setenv("TERM", "xterm")
    pipeline.load(a_source([{"id": "a"}]))
    assert "reading sample: things" in capsys.readouterr().err
