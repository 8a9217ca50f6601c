"""`attribution publish` writes what analysts query, of one moment, and nothing of a person."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from common.errors import AttributionError
from common.publish import publish


@pytest.fixture
def warehouse(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file with a mart, a mart that is a view, and a raw table."""
    file = tmp_path / "w.duckdb"
    monkeypatch.setenv("ATTRIBUTION_DUCKDB_PATH", str(file))
    with duckdb.connect(str(file)) as connection:
        for schema in ("raw_files", "intermediate", "marts", "reports"):
            connection.execute(f"create schema {schema}")
        connection.execute("create table raw_files.touches as select 'p' as phone")
        connection.execute("create table intermediate.t as select 1 as id union all select 2")
        connection.execute("create view marts.fct_touches as from intermediate.t")
        connection.execute("create table reports.rpt as select 3.5 as credit")
    return file


def test_the_copy_has_the_contract_tables_and_stands_by_itself(warehouse: Path, tmp_path: Path) -> None:
    out = tmp_path / "bi.duckdb"
    assert publish(out) == 2
    assert publish(out) == 2
    with duckdb.connect(str(out), read_only=True) as connection:
        tables = connection.execute(
            "select schema_name || '.' || table_name from duckdb_tables() order by 1"
        ).fetchall()
        assert tables == [("marts.fct_touches",), ("reports.rpt",)]
        assert connection.execute("select sum(id) from marts.fct_touches").fetchall() == [(3,)]
        assert connection.execute("select count(*) from duckdb_views() where not internal").fetchall() == [(0,)]
    assert sorted(each.name for each in tmp_path.iterdir()) == ["bi.duckdb", "w.duckdb"]


@pytest.mark.parametrize(
    ("to", "said"), [("w.duckdb", "is the warehouse itself"), ("nowhere/bi.duckdb", "There is no folder")]
)
def test_what_can_not_be_written_is_said(warehouse: Path, tmp_path: Path, to: str, said: str) -> None:
    with pytest.raises(AttributionError, match=said):
        publish(tmp_path / to)
    assert not (tmp_path / "nowhere").exists()


def test_before_the_first_build_the_older_copy_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ATTRIBUTION_DUCKDB_PATH", str(tmp_path / "empty.duckdb"))
    duckdb.connect(str(tmp_path / "empty.duckdb")).close()
    out = tmp_path / "bi.duckdb"
    with duckdb.connect(str(out)) as connection:
        connection.execute("create schema marts")
        connection.execute("create table marts.fct_touches as select 1 as id")
    before = out.read_bytes()
    with pytest.raises(AttributionError, match="no marts"):
        publish(out)
    assert out.read_bytes() == before


def test_only_an_older_copy_is_replaced(warehouse: Path, tmp_path: Path) -> None:
    notes, other = tmp_path / "touches.csv", tmp_path / "other.duckdb"
    notes.write_text("touch_id\n")
    with duckdb.connect(str(other)) as connection:
        connection.execute("create schema raw_files")
        connection.execute("create table raw_files.touches as select 1 as id")
    for to, said in ((notes, "no DuckDB file"), (other, "also holds raw_files"), (tmp_path, "is no file")):
        before = to.read_bytes() if to.is_file() else b""
        with pytest.raises(AttributionError, match=said):
            publish(to)
        assert not to.is_file() or to.read_bytes() == before


def test_a_copy_that_a_reader_has_open_for_writing_is_replaced(warehouse: Path, tmp_path: Path) -> None:
    out = tmp_path / "bi.duckdb"
    publish(out)
    hold = "import duckdb, sys; c = duckdb.connect(sys.argv[1]); print('open', flush=True); sys.stdin.read()"
    with subprocess.Popen(
        [sys.executable, "-c", hold, str(out)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as reader:
        assert reader.stdout is not None and reader.stdout.readline() == "open\n"
        assert publish(out) == 2
        reader.communicate("")


def test_on_snowflake_there_is_nothing_to_publish(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ATTRIBUTION_TARGET", "snowflake")
    with pytest.raises(AttributionError, match="do not stand in each other's way"):
        publish(tmp_path / "bi.duckdb")
