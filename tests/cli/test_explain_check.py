"""The numbers of `explain` against what was loaded: they agree under any settings, and a wrong one is named."""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest
from journeys import make

from cli.settings_of_build import last_build
from common.warehouse import Warehouse
from explain.check import check
from explain.conversion import journey

# What a change of these vars reaches, without the reading of conversations; build_log.builds is written after it.
REACHED = "int_build_plan+"
# Between them the two builds below go through every kind of setting that credit depends on.
OF_THE_CRM = {
    "sources": ["genesys", "salesforce"],
    "crm_timezone": "America/New_York",
    "decay_half_life": 3,
    "timestamp_granularity": "hour",
    "single_win_criterion": "first_touch",
    "connected_touches_only": True,
}
OF_FILES = {
    "sources": ["files"],
    "crm_timezone": "America/New_York",
    "date_only_convention": "start_of_day",
    "decay_time_unit": "week",
    "timestamp_granularity": "day",
    "single_win_criterion": "highest_weighted",
    "touch_anchor": "start",
    "lookback_window_days": 20,
    "position_based_weights": [0.5, 0.2, 0.3],
}


@pytest.fixture(scope="module")
def settings(finished_run: tuple[dict[str, str], Any]) -> dict[str, str]:
    settings, answer = finished_run
    assert answer.returncode == 0, answer.stdout + answer.stderr
    return settings


@pytest.fixture
def copy(settings: dict[str, str], tmp_path: Path) -> Path:
    """A warehouse of this test's own, as the run left it."""
    return Path(shutil.copy(settings["ATTRIBUTION_DUCKDB_PATH"], tmp_path / "warehouse.duckdb"))


def with_warehouse(path: Path, do: Callable[[Warehouse], Any]) -> Any:
    with duckdb.connect(str(path), read_only=True) as connection:
        return do(Warehouse(connection))


def check_all(warehouse: Warehouse, **other: Any) -> dict[str, dict[str, Any]]:
    """The check of every conversion, under the last build's vars but ``other``."""
    variables = {**last_build(warehouse), **other}
    rows = warehouse.query("select conversion_id from marts.fct_conversions order by conversion_id")
    return {row["conversion_id"]: check(warehouse, row["conversion_id"], variables) for row in rows}


def test_every_conversion_agrees(copy):
    checks = with_warehouse(copy, check_all)
    assert len(checks) > 10
    assert set(map(str, checks.values())) == {str({"agrees": True, "differences": [], "note": None})}


def test_every_conversion_from_files_agrees(run_dbt, monkeypatch, tmp_path):
    """Random journeys with shared phones, days alone, starts, refunds and amounts of twelve digits."""
    from ingestion.files import load_files

    touches, conversions = make(seed=11, people=60)
    path = tmp_path / "warehouse.duckdb"
    monkeypatch.setenv("ATTRIBUTION_DUCKDB_PATH", str(path))
    load_files(
        touches=write_csv(
            tmp_path / "touches.csv",
            [
                {
                    "touch_id": each.id,
                    "touched_at": each.at.isoformat(),
                    "started_at": each.started.isoformat() if each.started else "",
                    **{"lead_id": each.lead, "phone": each.phone, "email": each.email, "channel": each.channel},
                }
                for each in touches
            ],
        ),
        conversions=write_csv(
            tmp_path / "conversions.csv",
            [
                {
                    "conversion_id": each.id,
                    "converted_at": each.at.isoformat(),
                    "lead_created_at": each.lead_created.isoformat() if each.lead_created else "",
                    **{"lead_id": each.lead, "phone": each.phone, "email": each.email},
                    **{"conversion_value": each.value, "currency": each.currency},
                }
                for each in conversions
            ],
        ),
        costs=None,
    )
    without_tests = ("--exclude-resource-type", "test", "--exclude-resource-type", "unit_test")
    run_dbt(path, "build", *without_tests, **OF_FILES)
    checks = with_warehouse(path, check_all)
    assert len(checks) == len(conversions) > 40
    assert [each for each in checks.values() if not each["agrees"]] == []


def write_csv(path: Path, rows: list[dict[str, Any]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    return path


def test_every_conversion_agrees_under_other_settings(copy, run_dbt):
    def journeys(warehouse: Warehouse) -> list[Any]:
        return warehouse.query(
            "select conversion_id, touch_id, touched_at, hours_to_conversion from marts.fct_attribution"
        )

    before = with_warehouse(copy, journeys)
    run_dbt(copy, "run", "--select", REACHED, **OF_THE_CRM)
    assert with_warehouse(copy, journeys) != before
    kept = with_warehouse(copy, last_build)
    assert (kept["timestamp_granularity"], kept["single_win_criterion"]) == ("hour", "first_touch")
    checks = with_warehouse(copy, check_all)
    assert [each for each in checks.values() if not each["agrees"]] == []


@pytest.mark.parametrize(
    "other",
    [
        {"decay_rate": 0.2},
        {"decay_half_life": 2},
        {"decay_time_unit": "week"},
        {"lookback_window_days": 3},
        {"timestamp_granularity": "day"},
        {"touch_anchor": "start"},
        {"single_win_criterion": "first_touch"},
        {"position_based_weights": [0.1, 0.1, 0.8]},
        {"connected_touches_only": True},
        {"crm_timezone": "Asia/Kolkata"},
        {"date_only_convention": "start_of_day"},
    ],
    ids=str,
)
def test_a_rule_that_the_build_did_not_follow_is_seen(copy, other):
    def is_seen(warehouse: Warehouse) -> bool:
        variables = {**last_build(warehouse), **other}
        rows = warehouse.query("select conversion_id from marts.fct_conversions order by conversion_id")
        return any(not check(warehouse, row["conversion_id"], variables)["agrees"] for row in rows)

    assert with_warehouse(copy, is_seen)


def several_touches(path: Path) -> tuple[str, str]:
    """(conversion, its second touch) of the longest journey with a value."""
    rows = with_warehouse(
        path,
        lambda warehouse: warehouse.query(
            """select conversion_id, touch_id from marts.fct_attribution
               where position = 2 and linear_value > 0 order by journey_length desc, conversion_id limit 1"""
        ),
    )
    return rows[0]["conversion_id"], rows[0]["touch_id"]


def test_a_credit_that_was_tampered_with_is_named_with_both_numbers(attribution, settings, copy):
    conversion_id, touch_id = several_touches(copy)
    with duckdb.connect(str(copy)) as connection:
        (right,) = connection.execute(
            "select linear_credit from marts.fct_attribution where conversion_id = ? and touch_id = ?",
            [conversion_id, touch_id],
        ).fetchone()
        connection.execute(
            "update marts.fct_attribution set linear_credit = 0.987 where conversion_id = ? and touch_id = ?",
            [conversion_id, touch_id],
        )
    own = {**settings, "ATTRIBUTION_DUCKDB_PATH": str(copy)}
    for arguments in ((conversion_id,), ("--touch", touch_id)):
        shown = attribution("explain", *arguments, **own)
        assert shown.returncode == 0, shown.stderr
        (warning,) = [line for line in shown.stdout.splitlines() if line.startswith("Warning")]
        assert f"touch {touch_id}, linear credit: 0.987 in the marts, {right} recomputed" in warning
        assert "all agree" not in shown.stdout

        answer = attribution("explain", *arguments, "--json", **own)
        found = json.loads(answer.stdout)["check"]
        assert answer.returncode == 0 and found["agrees"] is False
        (difference,) = found["differences"]
        assert (difference["touch_id"], difference["model"], difference["what"]) == (touch_id, "linear", "credit")
        assert (difference["marts"], difference["recomputed"]) == (0.987, pytest.approx(right, abs=1e-15))


@pytest.mark.parametrize(
    ("tampering", "what"),
    [
        ("update marts.fct_attribution set time_decay_value = time_decay_value + 0.01", "value"),
        ("update marts.fct_attribution set position = position + 1", "position"),
        ("update marts.fct_attribution set channel_weight = channel_weight * 2", "channel_weight"),
        ("update marts.fct_attribution set hours_to_conversion = hours_to_conversion + 1", "hours_to_conversion"),
        ("update marts.fct_attribution set w_shaped_credit = 'nan'", "credit"),
        ("delete from marts.fct_attribution where position = 2", "credit"),
        ("update marts.fct_single_win set winning_touch_id = 'nobody'", "winning_touch_id"),
        ("update marts.fct_conversions set conversion_value_reporting = 1.11", "conversion_value_reporting"),
        ("update marts.fct_conversions set converted_at = converted_at + interval 1 day", "converted_at"),
        ("update marts.fct_conversions set touch_count = 99", "touch_count"),
        ("delete from raw_salesforce.opportunity; delete from raw_salesforce.lead", "conversion"),
    ],
)
def test_whatever_was_tampered_with_is_seen(copy, tampering, what):
    conversion_id, _ = several_touches(copy)
    with duckdb.connect(str(copy)) as connection:
        connection.execute(tampering)
    found = with_warehouse(copy, lambda warehouse: journey(warehouse, conversion_id, last_build(warehouse)))["check"]
    assert found["agrees"] is False
    assert what in {difference["what"] for difference in found["differences"]}


def test_a_load_after_the_build_is_told_where_numbers_differ(copy):
    conversion_id, _ = several_touches(copy)
    with duckdb.connect(str(copy)) as connection:
        connection.execute("update raw_salesforce.opportunity set conversion_value = conversion_value + 5")
    before = with_warehouse(copy, lambda warehouse: journey(warehouse, conversion_id, last_build(warehouse)))["check"]
    assert (before["agrees"], before["note"]) == (False, None)
    with duckdb.connect(str(copy)) as connection:
        connection.execute("update raw_salesforce.completed_loads set loaded_at = now() + interval 1 hour")
    after = with_warehouse(copy, lambda warehouse: journey(warehouse, conversion_id, last_build(warehouse)))["check"]
    assert "run `dbt build`" in after["note"]


def test_a_copy_of_the_marts_alone_is_explained_without_the_check(attribution, settings, copy):
    conversion_id, touch_id = several_touches(copy)
    with duckdb.connect(str(copy)) as connection:
        views = connection.execute(
            "select schema_name || '.' || view_name, view_name from duckdb_views() where schema_name = 'marts'"
        ).fetchall()
        for view, name in views:
            connection.execute(f"create table marts.copied as from {view}; drop view {view}")
            connection.execute(f"alter table marts.copied rename to {name}")
        connection.execute(
            "drop schema staging cascade; drop schema intermediate cascade; drop schema write_back cascade"
        )
    own = {**settings, "ATTRIBUTION_DUCKDB_PATH": str(copy)}
    for arguments in ((conversion_id,), ("--touch", touch_id)):
        answer = attribution("explain", *arguments, **own)
        assert answer.returncode == 0, answer.stderr
        assert "Not recomputed: this warehouse has no intermediate.int_conversions" in answer.stdout
        assert json.loads(attribution("explain", *arguments, "--json", **own).stdout)["check"]["agrees"] is None
