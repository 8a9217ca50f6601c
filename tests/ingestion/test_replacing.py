"""Rows with unique keys go straight into their table: what is there before a failure is there after it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import dlt
import pyarrow as pa
import pytest

from ingestion import files, pipeline
from ingestion.replacing import ReplacingJob

Query = Callable[[str], list[dict[str, Any]]]


@dlt.source(name="sample", max_table_nesting=0)
def sample(rows: pa.Table, deduplicated: bool) -> Iterator[Any]:
    yield dlt.resource(
        [rows],
        name="things",
        primary_key="id",
        write_disposition={"disposition": "merge", "strategy": "delete-insert", "deduplicated": deduplicated},
    )


def things(**values: list[Any]) -> pa.Table:
    return pa.table(values)


@pytest.mark.parametrize("deduplicated", [True, False])
def test_both_ways_give_the_same_rows(warehouse_file: Path, warehouse: Query, deduplicated: bool) -> None:
    pipeline.load(sample(things(id=["a", "b"], n=[1, 2]), deduplicated))
    pipeline.load(sample(things(id=["b", "c"], n=[3, 4]), deduplicated))
    assert warehouse("select id, n from raw_sample.things order by id") == [
        {"id": "a", "n": 1},
        {"id": "b", "n": 3},
        {"id": "c", "n": 4},
    ]
    staged = warehouse("select 1 as found from duckdb_tables() where schema_name = 'raw_sample_staging'")
    assert bool(staged) is not deduplicated


def test_a_load_that_fails_after_the_delete_keeps_the_rows(
    warehouse_file: Path, warehouse: Query, monkeypatch: pytest.MonkeyPatch
) -> None:
    pipeline.load(sample(things(id=["a", "b"], n=[1, 2]), True))
    deleted: list[int] = []

    def fail(job: ReplacingJob) -> None:
        client = job._job_client.sql_client
        [(count,)] = client.execute_sql("select count(*) from things") or []
        deleted.append(count)
        raise AssertionError("the disk is full")

    monkeypatch.setattr("ingestion.replacing.DuckDbCopyJob.run", fail)
    with pytest.raises(Exception, match="the disk is full"):
        pipeline.load(sample(things(id=["b", "c"], n=[3, 4]), True))
    assert deleted == [1]
    assert warehouse("select id, n from raw_sample.things order by id") == [{"id": "a", "n": 1}, {"id": "b", "n": 2}]
    assert len(warehouse("from raw_sample.completed_loads")) == 1


def test_a_large_file_is_taken_over_in_parts_one_after_the_other(
    warehouse_file: Path, warehouse: Query, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """So memory is that of one part, and a load that ends between two parts is made whole by the same load again."""
    monkeypatch.setenv("SOURCES__DATA_WRITER__FILE_MAX_ITEMS", "2")
    monkeypatch.setattr(files, "spooled_rows", partial(files.spooled_rows, batch_rows=2))
    steps: list[str] = []
    run = ReplacingJob.run

    def watched(job: ReplacingJob) -> None:
        steps.append("begin")
        if "fail" in steps and steps.count("begin") > 2:
            raise AssertionError("the disk is full")
        run(job)
        steps.append("end")

    monkeypatch.setattr(ReplacingJob, "run", watched)

    def load(campaign: str) -> None:
        lines = [f"{number},2026-05-0{number},call,{campaign}" for number in range(1, 6)]
        file = tmp_path / "touches.csv"
        file.write_text("\n".join(["touch_id,touched_at,channel,campaign_id", *lines]))
        steps[:] = [each for each in steps if each == "fail"]
        files.load_files(touches=file)

    def campaigns() -> list[str]:
        return [row["campaign_id"] for row in warehouse("select campaign_id from raw_files.touches order by touch_id")]

    load("first")
    # Five rows in three parts, and a file without rows for each of the other tables.
    assert steps == ["begin", "end"] * 5
    steps.append("fail")
    with pytest.raises(Exception, match="the disk is full"):
        load("second")
    assert sorted(set(campaigns())) in (["first"], ["first", "second"])
    assert len(campaigns()) == 5 and len(warehouse("from raw_files.completed_loads")) == 1
    steps.remove("fail")
    load("second")
    assert campaigns() == ["second"] * 5
