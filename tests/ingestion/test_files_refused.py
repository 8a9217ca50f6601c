"""Bad files: each is refused with a sentence that names file, line and column, and changes nothing."""

from __future__ import annotations

import gzip
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from common.errors import AttributionError
from ingestion.files import load_files

Query = Callable[[str], list[dict[str, Any]]]

TOUCHES = "touch_id,touched_at,channel"
CONVERSIONS = "conversion_id,converted_at,conversion_value"
COSTS = "campaign_id,cost_date,channel,cost"
GOOD = "t1,2026-01-31T10:00:00Z,sms"


def refused(**files: Path) -> str:
    """The whole text of the error that stops the load of these files."""
    with pytest.raises(AttributionError) as caught:
        load_files(**files)
    return str(caught.value)


def csv_text(*lines: str) -> bytes:
    return ("\n".join(lines) + "\n").encode()


@pytest.mark.parametrize(
    ("table", "name", "content", "sentences"),
    [
        # What a column must be
        pytest.param(
            "touches",
            "f.csv",
            csv_text(TOUCHES, GOOD, "t2,yesterday,sms"),
            ["f.csv, line 3, column touched_at: 'yesterday' is no timestamp; write ISO 8601, such as 2026"],
            id="timestamp-without-sense",
        ),
        pytest.param(
            "touches",
            "f.csv",
            csv_text(TOUCHES, "t1,2026-02-30T10:00:00Z,sms"),
            ["f.csv, line 2, column touched_at: '2026-02-30T10:00:00Z' is no time that there is"],
            id="30-february",
        ),
        pytest.param(
            "conversions",
            "f.csv",
            csv_text(CONVERSIONS, 'c1,2026-01-31,"1,234.50"'),
            [
                "f.csv, line 2, column conversion_value: '1,234.50' has a comma; write it with a point",
                "such as 1234.50",
            ],
            id="value-with-comma-in-quotes",
        ),
        pytest.param(
            "conversions",
            "f.csv",
            csv_text(CONVERSIONS, "c1,2026-01-31,1,234.50"),
            [
                "f.csv, line 2: more values ('c1', '2026-01-31', '1', '234.50') than the 3 columns",
                "written without: 1234.50",
            ],
            id="value-with-comma-without-quotes",
        ),
        pytest.param(
            "conversions",
            "f.csv",
            csv_text(CONVERSIONS + ",", "c1,2026-01-31,1,234.50"),
            ["f.csv, line 2: more values", "than the 3 columns"],
            id="value-with-comma-under-a-header-that-ends-in-one",
        ),
        pytest.param(
            "conversions",
            "f.csv",
            csv_text(CONVERSIONS.replace(",", ";"), "c1;2026-01-31;12,50"),
            ["f.csv, line 2, column conversion_value: '12,50' has a comma"],
            id="decimal-comma",
        ),
        pytest.param(
            "conversions",
            "f.csv",
            csv_text(CONVERSIONS, "c1,2026-01-31,NaN"),
            ["f.csv, line 2, column conversion_value: 'NaN' is no number"],
            id="nan",
        ),
        pytest.param(
            "touches",
            "f.csv",
            csv_text(TOUCHES + ",touch_sequence", GOOD + ",2.5"),
            ["f.csv, line 2, column touch_sequence: '2.5' is not whole; write a whole number, such as 3"],
            id="sequence-not-whole",
        ),
        pytest.param(
            "touches",
            "f.csv",
            csv_text(TOUCHES + ",is_deleted", GOOD + ",maybe"),
            ["f.csv, line 2, column is_deleted: 'maybe' is neither true nor false; write true or false"],
            id="flag",
        ),
        pytest.param(
            "costs",
            "f.csv",
            csv_text(COSTS, "spring,2026-01-31T09:00:00Z,sms,12"),
            ["f.csv, line 2, column cost_date: '2026-01-31T09:00:00Z' is a time where a date belongs"],
            id="cost-date-with-a-time",
        ),
        # What must be filled
        pytest.param(
            "touches",
            "f.csv",
            csv_text(TOUCHES, GOOD, "t2,2026-01-31T10:00:00Z,"),
            ["f.csv, line 3, column channel is empty; it must be filled"],
            id="channel-empty",
        ),
        pytest.param(
            "conversions",
            "f.csv",
            csv_text(CONVERSIONS, "c1,,12"),
            ["f.csv, line 2, column converted_at is empty; it must be filled"],
            id="conversion-without-date",
        ),
        pytest.param(
            "touches",
            "f.csv",
            csv_text(TOUCHES + ",is_deleted", ",2026-01-31T10:00:00Z,sms,true"),
            ["f.csv, line 2, column touch_id is empty; it must be filled"],
            id="deleted-row-without-key",
        ),
        pytest.param(
            "costs",
            "f.csv",
            csv_text(COSTS, "spring,2026-01-31,sms,"),
            ["f.csv, line 2, column cost is empty; it must be filled"],
            id="cost-empty",
        ),
        # The header
        pytest.param(
            "touches",
            "f.csv",
            csv_text("touch_id,touched_at,chanel", GOOD),
            [
                "f.csv lacks the column channel (is it chanel?). The columns found: touch_id, touched_at, chanel.",
                "A file of touches needs touch_id, touched_at, channel",
            ],
            id="needed-column-missing",
        ),
        pytest.param(
            "touches",
            "f.csv",
            csv_text("Touch Id,Touch Time,colour,channel", GOOD + ",x"),
            ["f.csv lacks the columns touch_id (is it Touch Id?), touched_at (is it Touch Time?). The columns found: "],
            id="needed-columns-written-otherwise",
        ),
        pytest.param(
            "touches",
            "f.csv",
            csv_text("touch_id,touched_at,is_deleted", "t0,,true", "t1,2026-01-31T10:00:00Z,false"),
            ["f.csv lacks the column channel. The columns found: touch_id, touched_at, is_deleted."],
            id="needed-column-missing-and-not-all-rows-deleted",
        ),
        pytest.param(
            "touches",
            "f.csv",
            csv_text("touch_id|touched_at|channel", "t1|2026-01-31|sms"),
            ["f.csv lacks the columns touch_id, touched_at, channel. The columns found: touch_id|touched_at|channel."],
            id="unknown-delimiter",
        ),
        pytest.param(
            "touches",
            "f.csv",
            csv_text(TOUCHES + ", Channel ", GOOD + ",sms"),
            ["f.csv has the column channel twice."],
            id="column-twice",
        ),
        # Keys
        pytest.param(
            "touches",
            "f.csv",
            csv_text(TOUCHES, GOOD, "t2,2026-01-31,sms", GOOD),
            ["f.csv, line 4, column touch_id: 't1' is on line 2 already; a key stands once in a file"],
            id="key-twice",
        ),
        pytest.param(
            "touches",
            "f.csv",
            csv_text(TOUCHES, GOOD, GOOD, GOOD, GOOD, "t2,x,sms"),
            [
                "f.csv has 4 bad rows.",
                "f.csv, line 3, column touch_id: 't1' is on line 2 already, and on 2 more;",
                "f.csv, line 6, column touched_at: 'x' is no timestamp",
            ],
            id="key-four-times-and-another-fault",
        ),
        pytest.param(
            "costs",
            "f.csv",
            csv_text(COSTS, "spring,2026-01-31,,1", "spring,2026-01-31,sms,1", "spring,20260131,,2"),
            [
                "column campaign_id and cost_date and channel: 'spring|2026-01-31|' is on line 2 already",
            ],
            id="cost-key-twice",
        ),
        # The shape of the file
        pytest.param(
            "touches",
            "f.csv",
            csv_text(TOUCHES, "t1,2026-01-31"),
            ["f.csv, line 2: 2 values ('t1', '2026-01-31') for 3 columns; the row is cut short or lacks a comma"],
            id="row-cut-short",
        ),
        pytest.param(
            "touches",
            "f.csv",
            csv_text(TOUCHES, GOOD, 't2,2026-01-31,"sms', "t3,2026-01-31,sms"),
            ["f.csv, line 3: a double quote opens a value that never ends"],
            id="quote-that-never-closes",
        ),
        pytest.param(
            "touches",
            "f.csv",
            csv_text(TOUCHES, 't1,2026-01-31,"s"ms'),
            ["f.csv, line 2: text follows a closing double quote"],
            id="text-after-quote",
        ),
        pytest.param(
            "touches",
            "f.csv",
            csv_text('note,"touch_id",touched_at,channel', '"two\nlines",t1,2026-01-31,sms', "x,t2,never,sms"),
            ["f.csv, line 4, column touched_at: 'never'"],
            id="line-number-after-a-value-of-two-lines",
        ),
        pytest.param(
            "touches",
            "f.csv",
            (TOUCHES + "\r\n\r\n" + GOOD + "\r\nt2,never,sms\r\n").encode(),
            ["f.csv, line 4, column touched_at: 'never'"],
            id="line-number-after-a-blank-line",
        ),
        # Bytes
        pytest.param(
            "touches",
            "f.csv",
            (TOUCHES + "\n" + GOOD + "\nt2,2026-01-31,sms\nt3,2026-01-31,caf\xe9\n").encode("latin-1"),
            [
                "f.csv, line 4: the byte 0xe9 is no UTF-8 (in Latin-1 it would be 'é').",
                "Save it as UTF-8, or convert it: iconv -f LATIN1 -t UTF-8",
            ],
            id="latin-1",
        ),
        pytest.param(
            "touches",
            "f.csv",
            csv_text(TOUCHES, GOOD).decode().encode("utf-16"),
            ["f.csv is UTF-16, not UTF-8", "iconv -f UTF-16 -t UTF-8"],
            id="utf-16",
        ),
        pytest.param("touches", "f.csv", b"", ["f.csv is empty (0 bytes", "Export it again"], id="0-bytes"),
        pytest.param("touches", "f.csv", b"\n \n", ["f.csv is empty (0 bytes or blank lines"], id="blank-lines"),
        pytest.param(
            "touches", "f.jsonl", b"", ["f.jsonl is empty", "a CSV with nothing but its header"], id="0-bytes-json"
        ),
        pytest.param("touches", "f.jsonl", b"\n\n", ["f.jsonl is empty"], id="blank-lines-json"),
        pytest.param("touches", "f.csv.gz", gzip.compress(b""), ["f.csv.gz is empty"], id="gzip-of-nothing"),
        pytest.param(
            "touches",
            "f.csv.gz",
            gzip.compress(csv_text(TOUCHES, GOOD))[:-12],
            ["f.csv.gz is no complete gzip file"],
            id="gzip-cut-short",
        ),
        pytest.param(
            "touches", "f.csv.gz", csv_text(TOUCHES, GOOD), ["f.csv.gz is no complete gzip file"], id="no-gzip"
        ),
        pytest.param(
            "touches", "f.parquet", csv_text(TOUCHES, GOOD), ["f.parquet is no Parquet file"], id="no-parquet"
        ),
        pytest.param("touches", "f.xlsx", b"PK", ["the extension .xlsx says nothing that can be read"], id="extension"),
        pytest.param("touches", "touches", csv_text(TOUCHES), ["the extension (none) says nothing"], id="no-extension"),
        # JSON lines
        pytest.param(
            "touches",
            "f.jsonl",
            b'{"touch_id": "t1", "touched_at": "2026-01-31", "channel": "sms"}\n{"touch_id": "t2", "touc',
            ["f.jsonl, line 2: it is no complete JSON (Unterminated string", "write one whole object a line"],
            id="json-cut-short",
        ),
        pytest.param(
            "touches",
            "f.jsonl",
            b'[{"touch_id": "t1", "touched_at": "2026-01-31", "channel": "sms"}]\n',
            ["f.jsonl, line 1: a list where an object belongs; write one object a line"],
            id="json-list",
        ),
        pytest.param(
            "touches",
            "f.jsonl",
            b'{"touch_id": "t1", "touched_at": "2026-01-31"}\n',
            ["f.jsonl, line 1, column channel is empty; it must be filled"],
            id="json-without-a-needed-column",
        ),
        pytest.param(
            "touches",
            "f.jsonl",
            b'{"touch_id": "t1", "touched_at": 1767225600, "channel": "sms", "cost": NaN}\n',
            [
                "f.jsonl has 1 bad row.",
                "f.jsonl, line 1, column touched_at: 1767225600 is no timestamp",
                "f.jsonl, line 1, column cost: nan is no number",
            ],
            id="json-numbers",
        ),
        pytest.param(
            "touches",
            "f.jsonl",
            b'{"touch_id": {"id": 1}, "touched_at": "2026-01-31", "channel": "sms"}\n',
            ["f.jsonl, line 1, column touch_id: {'id': 1} is no text; write a single value"],
            id="json-nested",
        ),
        pytest.param(
            "touches",
            "f.jsonl",
            b'{"touch_id": "t1", "touch_id": "t2", "touched_at": "2026-01-31", "channel": "sms"}\n',
            ["f.jsonl, line 1: the name 'touch_id' twice in one object"],
            id="json-name-twice",
        ),
        pytest.param(
            "touches",
            "f.jsonl",
            b'{"touch_id": "t\\ud800", "touched_at": "2026-01-31", "channel": "sms"}\n',
            ["f.jsonl, line 1: half of a character (a lone surrogate) in touch_id"],
            id="json-surrogate",
        ),
        pytest.param("touches", "f.jsonl", b'"t1"\n', ["f.jsonl, line 1: str where an object belongs"], id="json-text"),
    ],
)
def test_a_bad_file_is_refused_with_its_place(
    tmp_path: Path, warehouse_file: Path, table: str, name: str, content: bytes, sentences: list[str]
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    text = refused(**{table: path})
    for sentence in sentences:
        assert sentence in text
    assert str(path) in text
    assert "othing" in text.split(str(path))[-1], "the remedy says that nothing was loaded"


@pytest.mark.parametrize(
    ("columns", "sentence"),
    [
        (
            {"touch_id": ["t1", "t2"], "touched_at": ["2026-01-31", "soon"], "channel": ["sms", "sms"]},
            "f.parquet, row 2, column touched_at: 'soon' is no timestamp",
        ),
        (
            {
                "touch_id": ["t1"],
                "touched_at": ["2026-01-31"],
                "channel": ["sms"],
                "cost": pa.array([float("nan")]),
            },
            "f.parquet, row 1, column cost: nan is no number",
        ),
        (
            {
                "touch_id": ["t1"],
                "touched_at": pa.array([2**60], pa.timestamp("us")),
                "channel": ["sms"],
            },
            "f.parquet, row 1, column touched_at: timestamp[us] 1152921504606846976 is no timestamp",
        ),
        (
            {"touch_id": ["t1"], "touched_at": ["2026-01-31"], "channel": [["sms"]]},
            "f.parquet, column channel is of the type list",
        ),
        (
            {"touch_id": ["t1"], "touched_at": ["2026-01-31"]},
            "f.parquet lacks the column channel. The columns found: touch_id, touched_at.",
        ),
        (
            {"touch_id": [1, 1], "touched_at": ["2026-01-31"] * 2, "channel": ["sms"] * 2},
            "f.parquet, row 2, column touch_id: '1' is on row 1 already",
        ),
    ],
)
def test_a_bad_parquet_file_is_refused_with_its_row(
    tmp_path: Path, warehouse_file: Path, columns: dict[str, Any], sentence: str
) -> None:
    path = tmp_path / "f.parquet"
    pq.write_table(pa.table(columns), path)
    assert sentence in refused(touches=path)


def test_the_first_ten_bad_rows_are_listed_and_all_are_counted(tmp_path: Path, warehouse_file: Path) -> None:
    path = tmp_path / "f.csv"
    path.write_bytes(csv_text(TOUCHES, *(f"t{i},{'soon' if i % 2 else '2026-01-31'},sms" for i in range(50_000))))
    text = refused(touches=path)
    assert "f.csv has 25000 bad rows. The first 10 of them:" in text
    assert [f"line {line}, column touched_at" in text for line in (3, 5, 21, 23)] == [True, True, True, False]


def test_a_file_that_is_not_there_or_no_file_is_refused(tmp_path: Path, warehouse_file: Path) -> None:
    assert f"There is no file {tmp_path / 'gone.csv'}." in refused(touches=tmp_path / "gone.csv")
    folder = tmp_path / "folder.csv"
    folder.mkdir()
    assert f"{folder} is a folder." in refused(costs=folder)
    with pytest.raises(AttributionError, match="No file was named"):
        load_files()


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads every file, whatever its permissions")
def test_a_file_without_permission_is_refused(tmp_path: Path, warehouse_file: Path) -> None:
    path = tmp_path / "f.csv"
    path.write_bytes(csv_text(TOUCHES))
    path.chmod(0)
    assert "f.csv can't be read: Permission denied." in refused(touches=path)


def test_a_line_without_end_is_refused_before_it_fills_memory(
    tmp_path: Path, warehouse_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ingestion.files.lines.LINE_LIMIT", 1000)
    path = tmp_path / "f.jsonl"
    path.write_text('{"touch_id": "' + "x" * 2000)
    assert "f.jsonl, line 1 has more than 1,000 characters." in refused(touches=path)


def test_json_nested_without_end_is_refused(tmp_path: Path, warehouse_file: Path) -> None:
    path = tmp_path / "f.jsonl"
    path.write_text('{"touch_id": ' + "[" * 100_000)
    assert "f.jsonl, line 1: it is no complete JSON" in refused(touches=path)


def test_a_full_disk_is_named(tmp_path: Path, warehouse_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any) -> Path:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("ingestion.files.spool", full)
    path = tmp_path / "f.csv"
    path.write_bytes(csv_text(TOUCHES, GOOD))
    assert "No space left on device. Make room there, or name another folder in TMPDIR" in refused(touches=path)


def test_a_locked_warehouse_stops_the_load(tmp_path: Path, warehouse_file: Path) -> None:
    path = tmp_path / "f.csv"
    path.write_bytes(csv_text(TOUCHES, GOOD))
    script = "import duckdb, sys; c = duckdb.connect(sys.argv[1]); print('open', flush=True); sys.stdin.read()"
    holder = subprocess.Popen(
        [sys.executable, "-c", script, str(warehouse_file)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"open\n"
        assert f"{warehouse_file} is in use by process {holder.pid}" in refused(touches=path)
    finally:
        holder.communicate(b"")
    assert load_files(touches=path).rows["touches"] == 1


def test_all_bad_files_of_a_call_are_named(tmp_path: Path, warehouse_file: Path) -> None:
    touches, conversions = tmp_path / "t.csv", tmp_path / "c.csv"
    touches.write_bytes(csv_text(TOUCHES, "t1,soon,sms"))
    conversions.write_bytes(b"")
    text = refused(touches=touches, conversions=conversions)
    assert "t.csv, line 2, column touched_at" in text
    assert "c.csv is empty" in text


def test_a_refused_file_changes_nothing(tmp_path: Path, warehouse: Query) -> None:
    touches, conversions = tmp_path / "t.csv", tmp_path / "c.csv"
    touches.write_bytes(csv_text(TOUCHES, GOOD))
    load_files(touches=touches)
    counted = "select table_name, estimated_size as n from duckdb_tables() where schema_name = 'raw_files' order by 1"
    before = warehouse("from raw_files.touches"), warehouse(counted)

    # A good file beside a bad one is not loaded either: the two belong together.
    touches.write_bytes(csv_text(TOUCHES, "t1,2026-02-01T10:00:00Z,email", "t2,2026-02-01T10:00:00Z,email"))
    conversions.write_bytes(csv_text(CONVERSIONS, "c1,2026-02-02,5", "c2,2026-02-02,five"))
    assert "c.csv, line 3, column conversion_value: 'five' is no number" in refused(
        touches=touches, conversions=conversions
    )
    assert (warehouse("from raw_files.touches"), warehouse(counted)) == before


def test_a_refused_first_file_makes_no_warehouse(tmp_path: Path, warehouse_file: Path) -> None:
    path = tmp_path / "f.csv"
    path.write_bytes(csv_text(TOUCHES, "t1,soon,sms"))
    refused(touches=path)
    assert not warehouse_file.exists()
