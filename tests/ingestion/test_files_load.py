"""Files that are as they should be: what the raw tables hold after them."""

from __future__ import annotations

import csv
import gzip
import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from common.settings import PROJECT_DIR
from ingestion.files import load_files

Query = Callable[[str], list[dict[str, Any]]]

PLAYBOOK = PROJECT_DIR / "tests" / "fixtures" / "attribution_playbook"

COLUMNS = {
    "touches": (
        "touch_id touched_at touched_on started_at started_on lead_id phone phone_e164 email channel campaign_id "
        "touch_sequence agent_id queue_id ivr_node_id disposition_code cost is_deleted _dlt_load_id _dlt_id"
    ),
    "conversions": (
        "conversion_id converted_at converted_on lead_id phone phone_e164 email campaign_id conversion_type "
        "conversion_value currency "
        "lead_created_at lead_created_on is_deleted _dlt_load_id _dlt_id"
    ),
    "costs": "cost_key campaign_id cost_date channel cost currency _dlt_load_id _dlt_id",
    "completed_loads": "loaded_at since until _dlt_load_id _dlt_id",
}


def write(path: Path, *lines: str) -> Path:
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_all_columns_of_a_row_arrive(tmp_path: Path, warehouse: Query) -> None:
    path = write(
        tmp_path / "t.csv",
        "touch_id,touched_at,started_at,lead_id,phone,email,channel,campaign_id,touch_sequence,agent_id,queue_id,"
        "ivr_node_id,disposition_code,cost,is_deleted",
        't1,2026-05-01T09:05:00-04:00,2026-05-01, L1 ,(317) 555-0123,A@b.example,outbound_call,spring,2,a1,"q,1",'
        "n1,SALE,1.00005,no",
    )
    summary = load_files(touches=path)
    assert summary.rows == {"touches": 1, "conversions": 0, "costs": 0}
    assert summary.notes == [f"{path}: phones: 1 without a country code, read as of ATTRIBUTION_PHONE_REGION (US)."]
    [row] = warehouse("select * exclude (_dlt_load_id, _dlt_id) from raw_files.touches")
    assert row == {
        "touch_id": "t1",
        "touched_at": datetime(2026, 5, 1, 13, 5, tzinfo=UTC),
        "touched_on": None,
        "started_at": None,
        "started_on": date(2026, 5, 1),
        "lead_id": " L1 ",
        "phone": "(317) 555-0123",
        "phone_e164": "+13175550123",
        "email": "A@b.example",
        "channel": "outbound_call",
        "campaign_id": "spring",
        "touch_sequence": 2,
        "agent_id": "a1",
        "queue_id": "q,1",
        "ivr_node_id": "n1",
        "disposition_code": "SALE",
        "cost": Decimal("1.0001"),
        "is_deleted": False,
    }


@pytest.mark.parametrize("table", ["touches", "conversions", "costs"])
def test_every_load_makes_all_tables_with_all_columns(tmp_path: Path, warehouse: Query, table: str) -> None:
    headers = {
        "touches": "touch_id,touched_at,channel",
        "conversions": "conversion_id,converted_at",
        "costs": "campaign_id,cost_date,cost",
    }
    summary = load_files(**{table: write(tmp_path / "header_only.csv", headers[table])})
    assert summary.rows == {"touches": 0, "conversions": 0, "costs": 0}
    found = warehouse(
        "select table_name, string_agg(column_name, ' ' order by column_index) as names from duckdb_columns() "
        "where schema_name = 'raw_files' and table_name not like '\\_dlt%' escape '\\' group by 1"
    )
    assert {row["table_name"]: row["names"] for row in found} == COLUMNS
    types = warehouse(
        "select distinct column_name, data_type from duckdb_columns() where schema_name = 'raw_files' "
        "and column_name in ('touched_at', 'touched_on', 'cost', 'conversion_value', 'touch_sequence', 'is_deleted')"
    )
    assert {row["column_name"]: row["data_type"] for row in types} == {
        "touched_at": "TIMESTAMP WITH TIME ZONE",
        "touched_on": "DATE",
        "cost": "DECIMAL(18,4)",
        "conversion_value": "DECIMAL(18,4)",
        "touch_sequence": "BIGINT",
        "is_deleted": "BOOLEAN",
    }
    assert len(warehouse("from raw_files.completed_loads")) == 1


def test_progress_is_shown_of_the_files_given_alone(
    tmp_path: Path, warehouse: Query, capsys: pytest.CaptureFixture[str]
) -> None:
    touches = write(tmp_path / "t.csv", "touch_id,touched_at,channel,lead_id", "t1,2026-05-01,sms,L1")
    load_files(touches=touches, conversions=write(tmp_path / "none.csv", "conversion_id,converted_at,lead_id"))
    said = capsys.readouterr().err.splitlines()
    assert sorted(said) == ["reading files: conversions: 0 rows", "reading files: touches: 1 row"]


@pytest.mark.parametrize(
    ("table", "lines", "noted"),
    [
        ("touches", ["touch_id,touched_at,channel", "t1,2026-05-01,sms"], True),
        ("touches", ["touch_id,touched_at,channel,lead_id,phone,email", "t1,2026-05-01,sms, ,no number,"], True),
        ("touches", ["touch_id,touched_at,channel,is_deleted,email", "t1,2026-05-01,sms,,", "t2,,,true,a@b.c"], True),
        ("touches", ["touch_id,touched_at,channel,phone", "t1,2026-05-01,sms,", "t2,2026-05-01,sms,3175550123"], False),
        ("touches", ["touch_id,touched_at,channel"], False),
        ("touches", ["touch_id,is_deleted", "t1,true"], False),
        ("conversions", ["conversion_id,converted_at,campaign_id", "c1,2026-05-01,spring"], True),
        ("conversions", ["conversion_id,converted_at,email", "c1,2026-05-01,a@b.example"], False),
        ("costs", ["campaign_id,cost_date,cost", "spring,2026-05-01,1"], False),
    ],
)
def test_a_file_in_which_no_row_names_a_person_is_noted(
    tmp_path: Path, warehouse: Query, table: str, lines: list[str], noted: bool
) -> None:
    path = write(tmp_path / "f.csv", *lines)
    note = (
        f"{path}: no row has a lead_id, an email or a phone that is a number, so none of these {table} can meet "
        "anything: touches and conversions meet by one of the three."
    )
    assert (note in load_files(**{table: path}).notes) is noted


def test_phones_that_the_region_helped_to_read_and_those_that_are_none_are_counted(
    tmp_path: Path, warehouse: Query, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ATTRIBUTION_PHONE_REGION", "GB")
    phones = ["020 7946 0958", "020 7946 0958", "tel:+13175550123", " (+44) 20 7946 0958", "n/a", "+1", ""]
    path = write(
        tmp_path / "t.csv",
        "touch_id,touched_at,channel,phone",
        *(f"t{at},2026-05-01,sms,{phone}" for at, phone in enumerate(phones)),
    )
    assert load_files(touches=path).notes == [
        f"{path}: phones: 2 without a country code, read as of ATTRIBUTION_PHONE_REGION (GB); 2 that are no numbers."
    ]
    assert len(warehouse("from raw_files.touches where phone_e164 like '+44%'")) == 3


def test_a_known_key_replaces_its_row_as_a_whole(tmp_path: Path, warehouse: Query) -> None:
    first = write(
        tmp_path / "first.csv",
        "conversion_id,converted_at,lead_id,conversion_value,currency",
        "c1,2026-05-01T10:00:00Z,L1,10,eur",
        "c2,2026-05-02,L2,20,eur",
    )
    second = write(
        tmp_path / "second.csv", "conversion_id,converted_at,lead_id", "c1,2026-05-03,L9", "c3,2026-05-04,L3"
    )
    load_files(conversions=first)
    load_files(conversions=second)
    rows = warehouse(
        "select conversion_id, converted_at, converted_on, lead_id, conversion_value, currency "
        "from raw_files.conversions order by 1"
    )
    assert [tuple(row.values()) for row in rows] == [
        ("c1", None, date(2026, 5, 3), "L9", None, None),
        ("c2", None, date(2026, 5, 2), "L2", Decimal(20), "EUR"),
        ("c3", None, date(2026, 5, 4), "L3", None, None),
    ]
    assert len(warehouse("from raw_files.completed_loads")) == 2


def test_a_cost_is_replaced_by_campaign_day_and_channel(tmp_path: Path, warehouse: Query) -> None:
    header = "campaign_id,cost_date,channel,cost"
    load_files(costs=write(tmp_path / "a.csv", header, "spring,2026-05-01,sms,1", "spring,2026-05-01,,2"))
    load_files(costs=write(tmp_path / "b.csv", header, "spring,20260501,,3", "spring,2026-05-02,sms,4"))
    rows = warehouse("select cost_key, cost from raw_files.costs order by 1")
    assert [tuple(row.values()) for row in rows] == [
        ("spring|2026-05-01|", Decimal(3)),
        ("spring|2026-05-01|sms", Decimal(1)),
        ("spring|2026-05-02|sms", Decimal(4)),
    ]


def test_a_deleted_row_needs_only_its_key(tmp_path: Path, warehouse: Query) -> None:
    load_files(touches=write(tmp_path / "a.csv", "touch_id,touched_at,channel", "t1,2026-05-01,sms"))
    load_files(touches=write(tmp_path / "b.csv", "touch_id,is_deleted", "t1,true", "t2,yes"))
    rows = warehouse("select touch_id, touched_on, channel, is_deleted from raw_files.touches order by 1")
    assert [tuple(row.values()) for row in rows] == [("t1", None, None, True), ("t2", None, None, True)]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        pytest.param("f.csv", "touch_id,touched_at,channel\nt1,2026-05-01,sms\n", id="comma"),
        pytest.param("f.csv", "touch_id;touched_at;channel\nt1;2026-05-01;sms\n", id="semicolon"),
        pytest.param("f.csv", "touch_id\ttouched_at\tchannel\nt1\t2026-05-01\tsms\n", id="tab"),
        pytest.param("f.tsv", "touch_id\ttouched_at\tchannel\nt1\t2026-05-01\tsms", id="tsv-without-last-line-break"),
        pytest.param("f.csv", "\ufefftouch_id,touched_at,channel\nt1,2026-05-01,sms\n", id="bom"),
        pytest.param("f.csv", '\ufeff"touch_id";"touched_at";"channel"\n"t1";"2026-05-01";"sms"\n', id="bom-quotes"),
        pytest.param("F.CSV", " Touch_ID ,TOUCHED_AT,Channel\r\nt1,2026-05-01, sms \r\n\r\n", id="case-and-blanks"),
        pytest.param("f.csv", 'touch_id, touched_at, channel\nt1, 2026-05-01, "sms"\n', id="blank-after-comma"),
        pytest.param("f.csv", "touch_id,touched_at,channel\rt1,2026-05-01,sms\r", id="carriage-returns"),
        pytest.param("f.csv", "touch_id,touched_at,channel,\nt1,2026-05-01,sms,\n", id="delimiter-at-the-end"),
        pytest.param("f.jsonl", '{"touch_id": "t1", "touched_at": "2026-05-01", "channel": "sms"}\n\n', id="jsonl"),
        pytest.param("f.ndjson", '\ufeff{"Touch_ID":"t1","touched_at":"2026-05-01","channel":"sms"}', id="ndjson"),
    ],
)
def test_every_way_to_write_a_text_file_gives_the_same_row(
    tmp_path: Path, warehouse: Query, name: str, content: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content.encode())
    load_files(touches=path)
    rows = warehouse("select touch_id, touched_on, channel from raw_files.touches")
    assert [tuple(row.values()) for row in rows] == [("t1", date(2026, 5, 1), "sms")]


def test_a_compressed_file_is_read(tmp_path: Path, warehouse: Query) -> None:
    path = tmp_path / "t.csv.gz"
    path.write_bytes(gzip.compress(b"touch_id,touched_at,channel\nt1,2026-05-01,sms\n"))
    assert load_files(touches=path).rows["touches"] == 1


def test_json_numbers_are_exact_and_ids_become_text(tmp_path: Path, warehouse: Query) -> None:
    path = write(
        tmp_path / "c.jsonl",
        '{"conversion_id": 17, "converted_at": "2026-05-01T10:00:00Z", "lead_id": 1170, "conversion_value": 1.00005}',
        '{"conversion_id": 18, "converted_at": "2026-05-01", "conversion_value": "-3", "is_deleted": null, "x": 1}',
        '{"is_deleted": true, "conversion_id": 19}',
    )
    summary = load_files(conversions=path)
    assert summary.notes == [f"{path}: columns that conversions do not have were ignored: x."]
    rows = warehouse(
        "select conversion_id, lead_id, conversion_value, is_deleted from raw_files.conversions order by 1"
    )
    assert [tuple(row.values()) for row in rows] == [
        ("17", "1170", Decimal("1.0001"), False),
        ("18", None, Decimal(-3), False),
        ("19", None, None, True),
    ]


def test_parquet_types_are_read_as_they_are_meant(tmp_path: Path, warehouse: Query) -> None:
    path = tmp_path / "t.parquet"
    moment = datetime(2026, 5, 1, 12, 0, 0, 500000)
    pq.write_table(
        pa.table(
            {
                "touch_id": pa.array([1, 2], pa.int64()),
                "touched_at": pa.array([moment, None], pa.timestamp("ns")),
                "started_at": pa.array([moment.replace(tzinfo=UTC), None], pa.timestamp("ms", "America/New_York")),
                "channel": pa.array(["sms", None]).dictionary_encode(),
                "lead_id": pa.array([1170.0, None]),
                "touch_sequence": pa.array([2.0, None]),
                "cost": pa.array([Decimal("1.23456"), None], pa.decimal128(20, 5)),
                "is_deleted": [None, True],
                "Colour": ["blue", "red"],
                "Campaign": ["c", "c"],
                "Cost per call": [1, 2],
            }
        ),
        path,
    )
    summary = load_files(touches=path)
    # `cost` is read already, so that is not what was meant.
    assert summary.notes == [
        f"{path}: columns that touches do not have were ignored: Colour, "
        "Campaign (did you mean campaign_id?), Cost per call."
    ]
    rows = warehouse(
        "select touch_id, touched_at, started_at, channel, lead_id, touch_sequence, cost, is_deleted "
        "from raw_files.touches order by 1"
    )
    instant = moment.replace(tzinfo=UTC)
    assert [tuple(row.values()) for row in rows] == [
        ("1", instant, instant, "sms", "1170", 2, Decimal("1.2346"), False),
        ("2", None, None, None, None, None, None, True),
    ]


def test_a_date_column_of_parquet_is_date_only(tmp_path: Path, warehouse: Query) -> None:
    path = tmp_path / "c.parquet"
    pq.write_table(pa.table({"campaign_id": ["spring"], "cost_date": [date(2026, 5, 1)], "cost": [0.1]}), path)
    converted = tmp_path / "v.parquet"
    pq.write_table(pa.table({"conversion_id": ["c1"], "converted_at": [date(2026, 5, 1)]}), converted)
    load_files(costs=path, conversions=converted)
    assert warehouse("select cost_date, cost from raw_files.costs") == [
        {"cost_date": date(2026, 5, 1), "cost": Decimal("0.1")}
    ]
    assert warehouse("select converted_at, converted_on from raw_files.conversions") == [
        {"converted_at": None, "converted_on": date(2026, 5, 1)}
    ]


def test_what_is_odd_but_readable_is_kept(tmp_path: Path, warehouse: Query) -> None:
    path = write(
        tmp_path / "c.csv",
        "conversion_id,converted_at,lead_id,phone,conversion_value,currency",
        "c1,2999-01-01T00:00:00Z, L1,not a phone,-5, zzz ",
    )
    load_files(conversions=path)
    rows = warehouse(
        "select converted_at, lead_id, phone, phone_e164, conversion_value, currency from raw_files.conversions"
    )
    assert [tuple(row.values()) for row in rows] == [
        (datetime(2999, 1, 1, tzinfo=UTC), " L1", "not a phone", None, Decimal(-5), "ZZZ")
    ]


def test_a_national_phone_is_read_in_the_region_that_is_set(
    tmp_path: Path, warehouse: Query, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ATTRIBUTION_PHONE_REGION", "GB")
    path = write(
        tmp_path / "t.jsonl",
        '{"touch_id": "t1", "touched_at": "2026-05-01", "channel": "sms", "phone": "020 7946 0018"}',
        '{"touch_id": "t2", "touched_at": "2026-05-01", "channel": "sms", "phone": "tel:+13175550123"}',
    )
    load_files(touches=path)
    rows = warehouse("select phone_e164 from raw_files.touches order by touch_id")
    assert [row["phone_e164"] for row in rows] == ["+442079460018", "+13175550123"]


def test_the_attribution_playbook_loads(tmp_path: Path, warehouse: Query) -> None:
    def rows_of(name: str) -> list[dict[str, str]]:
        with (PLAYBOOK / name).open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))

    sessions, conversions, spend = map(rows_of, ("sessions.csv", "customer_conversions.csv", "ad_spend.csv"))
    touches = tmp_path / "touches.jsonl"
    touches.write_text(
        "\n".join(
            json.dumps(
                {
                    "touch_id": row["session_id"],
                    "touched_at": row["started_at"],
                    "lead_id": row["customer_id"],
                    "channel": row["utm_medium"] or row["utm_source"],
                    "campaign_id": row["utm_campaign"],
                }
            )
            for row in sessions
        )
    )
    converted = write(
        tmp_path / "conversions.csv",
        "conversion_id;converted_at;lead_id;conversion_value",
        *(f"{row['customer_id']};{row['converted_at']};{row['customer_id']};{row['revenue']}" for row in conversions),
    )
    costs = tmp_path / "costs.parquet"
    pq.write_table(
        pa.table(
            {
                "campaign_id": [row["utm_campaign"] for row in spend],
                "cost_date": [row["date_day"] for row in spend],
                "channel": [row["utm_medium"] for row in spend],
                "cost": [row["spend"] for row in spend],
            }
        ),
        costs,
    )
    summary = load_files(touches=touches, conversions=converted, costs=costs)
    assert summary.rows == {"touches": len(sessions), "conversions": len(conversions), "costs": len(spend)}
    assert warehouse("select touched_at from raw_files.touches where touch_id = '3'") == [
        {"touched_at": datetime(2020, 2, 3, 12, 15, tzinfo=UTC)}
    ]
    # The playbook writes hours of one digit.
    assert warehouse("select converted_at from raw_files.conversions where conversion_id = '2014'") == [
        {"converted_at": datetime(2020, 2, 4, 4, 30, 21, tzinfo=UTC)}
    ]
    assert warehouse("select sum(conversion_value) as total from raw_files.conversions") == [
        {"total": sum(Decimal(row["revenue"]) for row in conversions)}
    ]
    assert warehouse("select sum(cost) as total from raw_files.costs") == [
        {"total": sum(Decimal(row["spend"]) for row in spend)}
    ]


def test_rows_of_files_go_straight_into_their_table(tmp_path: Path, warehouse: Query) -> None:
    """Without a second copy in a staging table; each has an id of its own, as dlt gives its rows."""
    rows = [f"t{number},2026-05-01,sms" for number in range(5001)]
    for name in ("first", "second"):
        load_files(touches=write(tmp_path / f"{name}.csv", "touch_id,touched_at,channel", *rows))
    staged = "select 1 from duckdb_tables() where schema_name = 'raw_files_staging' and table_name = 'touches'"
    assert warehouse(staged) == []
    [found] = warehouse(
        "select count(*) as n, count(distinct _dlt_id) as ids, min(length(_dlt_id)) as shortest, "
        "max(length(_dlt_id)) as longest, count(distinct _dlt_load_id) as loads, "
        "bool_and(_dlt_load_id in (select load_id from raw_files._dlt_loads)) as known from raw_files.touches"
    )
    assert found == {"n": 5001, "ids": 5001, "shortest": 14, "longest": 14, "loads": 1, "known": True}
