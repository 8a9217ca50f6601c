"""A row that names a person on the stop-list is left out of a load, however it names the person, and no other is."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dlt
import duckdb
import pyarrow as pa
import pytest

from common import scratch
from common.warehouse import connect
from ingestion import pipeline, stop_list
from ingestion.files import load_files
from ingestion.stop_list import StopList

LEAD, SHORT_LEAD, PHONE, EMAIL = "00Q5g00000AbCdEEAV", "17", "+13175550123", "ann.lee@example.com"


@pytest.fixture
def listed() -> StopList:
    """A list of one person with all of the above, and of one row of files."""
    entries = StopList(b"key", frozenset())
    hashes = {entries.hash("id", each) for each in (LEAD, SHORT_LEAD)}
    hashes |= {entries.hash("phone", PHONE), entries.hash("email", EMAIL), entries.hash("row", "files.touch_id|5")}
    return StopList(b"key", frozenset(hashes))


NAMED: dict[str, tuple[str, dict[str, Any]]] = {
    "id": ("salesforce", {"id": LEAD}),
    "id of 15 characters": ("salesforce", {"who_id": LEAD[:15]}),
    "id with blanks": ("files", {"lead_id": f" {LEAD} "}),
    "short id under a lead's name": ("files", {"lead_id": SHORT_LEAD}),
    "attribute": ("genesys", {"participants": [{"attributes": {"LeadID": SHORT_LEAD}}]}),
    "phone": ("files", {"phone": PHONE}),
    "national phone": ("files", {"phone": "(317) 555-0123"}),
    "address of telephony": ("genesys", {"participants": [{"sessions": [{"dnis": "sip:+13175550123@edge;x=1"}]}]}),
    "list of numbers": ("genesys", {"participants": [{"sessions": [{"callbackNumbers": ["tel:+1 317 555 0123"]}]}]}),
    "e-mail": ("salesforce", {"email": " Ann.Lee@Example.com"}),
    "contact list": ("genesys", {"data": {"Work": "317-555-0123"}}),
    "row that was taken out": ("files", {"touch_id": "5"}),
}
NOT_NAMED: dict[str, tuple[str, dict[str, Any]]] = {
    "short id elsewhere": ("files", {"touch_sequence": "17", "campaign_id": SHORT_LEAD}),
    "another id": ("salesforce", {"id": "00Q5g00000AbCdFEAV"}),
    "same row of another source": ("genesys", {"touch_id": "5"}),
    "same id of another kind": ("files", {"conversion_id": "5"}),
    "another number": ("files", {"phone": "+13175550124"}),
    "number within an id": ("genesys", {"id": "a13175550123"}),
    "another address": ("files", {"email": "lee@example.com"}),
    "nothing": ("files", {"lead_id": None, "phone": "", "cost": 17, "is_deleted": False}),
}


@pytest.mark.parametrize(("source", "row"), NAMED.values(), ids=list(NAMED))
def test_a_row_that_names_the_person_is_known(listed, source, row):
    assert listed.has_row(source, row)


@pytest.mark.parametrize(("source", "row"), NOT_NAMED.values(), ids=list(NOT_NAMED))
def test_a_row_that_names_somebody_else_is_not(listed, source, row):
    assert not listed.has_row(source, row)


def test_tables_are_held_against_the_list_column_by_column(listed):
    table = pa.table(
        {
            "touch_id": ["1", "2", "3", "4", "5", "6"],
            "lead_id": ["L1", SHORT_LEAD, None, None, None, None],
            "phone": [None, None, "317 555 0123", None, None, "317 555 0124"],
            "email": [None, None, None, "ANN.LEE@example.com", None, None],
            "touch_sequence": pa.array([17, 17, 17, 17, 17, 17], pa.int64()),
        }
    )
    assert listed.without("files", table).column("touch_id").to_pylist() == ["1", "6"]


@pytest.fixture
def warehouse_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, listed: StopList) -> Path:
    """A warehouse with that list."""
    monkeypatch.setenv("ATTRIBUTION_DUCKDB_PATH", str(tmp_path / "w.duckdb"))
    with connect() as warehouse:
        key = stop_list.make_tables(warehouse)
        for kind, text in (("id", LEAD), ("phone", PHONE), ("row", "files.touch_id|5")):
            entry = StopList(key, frozenset()).hash(kind, text)
            warehouse.execute("insert into privacy.stop_list values (?, now()::timestamp)", [entry])
    return tmp_path / "w.duckdb"


def ids(file: Path, select: str) -> list[str]:
    with duckdb.connect(str(file), read_only=True) as connection:
        return [row[0] for row in connection.execute(select).fetchall()]


def test_a_load_of_files_leaves_the_person_out_and_says_so(warehouse_file, tmp_path):
    header = "touch_id,touched_at,channel,lead_id,phone"
    rows = [
        f"1,2026-06-01,call,{LEAD},",
        "2,2026-06-01,call,,(317) 555-0123",
        "5,2026-06-01,call,L5,",
        "6,2026-06-01,call,L6,",
    ]
    (tmp_path / "touches.csv").write_text("\n".join([header, *rows]))
    summary = load_files(touches=tmp_path / "touches.csv")
    assert summary.notes[-1] == "3 rows that name a person who was forgotten: left out"
    assert ids(warehouse_file, "select touch_id from raw_files.touches") == ["6"]


def test_a_load_of_a_system_leaves_the_person_out_of_what_hangs_on_it_too(warehouse_file):
    asked: list[str] = []

    @dlt.source(name="salesforce", max_table_nesting=0)
    def system() -> Any:
        @dlt.resource(name="lead", primary_key="id", write_disposition="merge", columns={"id": {"data_type": "text"}})
        def leads() -> Iterator[Any]:
            yield dlt.mark.materialize_table_schema()
            yield [{"id": LEAD, "phone": None}, {"id": "L2", "phone": None}]
            yield [{"id": "L3", "phone": "+1 317 555 0123"}]

        @dlt.transformer(data_from=leads, name="detail", primary_key="id", write_disposition="merge")
        def details(page: list[dict[str, Any]]) -> Iterator[Any]:
            asked.extend(row["id"] for row in page)
            yield [{"id": row["id"]} for row in page]

        return [leads, details]

    assert pipeline.load(system()).notes == ["2 rows that name a person who was forgotten: left out"]
    assert ids(warehouse_file, "select id from raw_salesforce.lead") == ["L2"] and asked == ["L2"]


def test_what_a_killed_load_left_in_its_folder_is_removed(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    for name in ("attribution_load_999999999_x", "attribution_files_999999999_y", "attribution_other", "else_1_x"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "rows.parquet").write_text(json.dumps({"lead_id": LEAD}))
    with scratch.folder("load") as own:
        assert scratch.remove_left_behind() == 2 and own.exists()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["attribution_other", "else_1_x"]


# Ids of Salesforce in 15 and in 18 characters, as its own checksum has them.
IDS = {"00Q5g00000AbCdE": "00Q5g00000AbCdEEAV", "003zzzzzzzzzzzz": "003zzzzzzzzzzzzAAA", "L1": "L1"}


def test_an_id_of_15_characters_gets_its_checksum():
    assert {short: stop_list.lead_id(short) for short in IDS} == IDS
