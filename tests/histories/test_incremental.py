"""An incremental build computes those whose journey can have changed, and nobody else.

Seen by rows that were tampered with: what a build does not compute stays as it was made, what it computes is right
again.
"""

from __future__ import annotations

import re
import shutil
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from facts import Seeds
from project import Built, Project

FILES = ("files",)
PEOPLE = [f"L{number}" for number in range(5)]
TAMPERED = {
    "marts.fct_conversions": ("campaign_id", "'tampered'"),
    "marts.fct_attribution": ("linear_credit", "7.5"),
    "marts.fct_single_win": ("criterion", "'tampered'"),
}


def touch(lead: str, day: int, number: int) -> dict[str, Any]:
    at = datetime(2024, 5, day, 10, tzinfo=UTC)
    return {"touch_id": f"{lead}-{number}", "touched_at": at.isoformat(), "channel": "sms", "lead_id": lead}


def conversion(lead: str) -> dict[str, Any]:
    at = datetime(2024, 5, 20, 10, tzinfo=UTC).isoformat()
    return {"conversion_id": f"sale-{lead}", "converted_at": at, "conversion_value": "90", "lead_id": lead}


@pytest.fixture(scope="module")
def tampered(project: Project) -> Path:
    """Five people of two touches and a sale, built once; then every row of theirs was tampered with."""
    project.begin(FILES)
    project.seed(Seeds())
    project.load_files(
        touches=[touch(lead, day, day) for lead in PEOPLE for day in (3, 9)],
        conversions=[conversion(lead) for lead in PEOPLE],
    )
    assert recomputed(build(project)) == "everything"
    with project.connect() as connection:
        for table, (column, value) in TAMPERED.items():
            connection.execute(f"update {table} set {column} = {value}")
    return Path(shutil.copy(project.file, project.folder / "tampered.duckdb"))


@pytest.fixture
def built(project: Project, tampered: Path) -> Project:
    """A copy of it for each test."""
    shutil.copy(tampered, project.file)
    return project


def recomputed(built: Built) -> str:
    """What dbt says of how much it computes: "everything", or a number of people."""
    what = r"Recomputing (everything(?=: )|\d+(?= people| person))"
    said = [found for line in built.said if (found := re.search(what, line))]
    assert len(said) == 1, built.said
    return said[0][1]


def still_tampered(project: Project) -> dict[str, set[str]]:
    """Table → the leads whose sale has rows there that nobody has computed since."""
    return {
        table: {
            row["conversion_id"].removeprefix("sale-")
            for row in project.rows(f"select conversion_id from {table} where {column} = {value}")
        }
        for table, (column, value) in TAMPERED.items()
    }


def journey(project: Project, lead: str) -> list[str]:
    """The touches that have credit for the sale of a lead, in their order."""
    rows = project.rows(f"from marts.fct_attribution where conversion_id = 'sale-{lead}' order by position, touch_id")
    return [row["touch_id"] for row in rows]


def everybody_but(*leads: str) -> dict[str, set[str]]:
    return {table: set(PEOPLE) - set(leads) for table in TAMPERED}


def build(project: Project, **variables: Any) -> Built:
    ended = project.build(FILES, variables)
    assert ended.is_good, ended.said
    assert project.rows("from intermediate.int_changed_people") == []
    return ended


def test_nothing_that_counts_for_credit_computes_nobody(built: Project) -> None:
    assert recomputed(build(built, freshness_error_hours=24, reporting_timezone="Asia/Kathmandu")) == "0"
    assert still_tampered(built) == everybody_but()


def test_what_changes_computes_whom_it_concerns_and_nobody_else(built: Project) -> None:
    """A late touch, one that moves to somebody else, a deleted sale and a touch of nobody's, in one build."""
    nobodys = {**touch("", 4, 4), "phone": "+12125550100"}
    built.load_files(
        touches=[touch("L3", 5, 5), {**touch("L1", 3, 3), "lead_id": "L2"}, nobodys],
        conversions=[{**conversion("L4"), "is_deleted": "true"}],
    )
    # Of L3; of who lost a touch and who got it, L1 and L2; of L4; and the person behind the phone.
    assert recomputed(build(built)) == "5"
    assert still_tampered(built) == everybody_but("L1", "L2", "L3", "L4")
    assert journey(built, "L1") == ["L1-9"]
    assert journey(built, "L2") == ["L1-3", "L2-3", "L2-9"]
    assert journey(built, "L3") == ["L3-3", "L3-5", "L3-9"]
    assert journey(built, "L4") == []

    # The phone comes to lead to somebody, which computes both.
    built.load_files(touches=[{**touch("L0", 5, 5), "phone": "+12125550100"}])
    assert recomputed(build(built)) == "2"
    assert still_tampered(built) == everybody_but(*PEOPLE)
    assert journey(built, "L0") == ["L0-3", "-4", "L0-5", "L0-9"]


def test_a_var_that_changes_credit_computes_everybody(built: Project) -> None:
    assert recomputed(build(built, decay_rate=0.3)) == "everything"
    assert still_tampered(built) == everybody_but(*PEOPLE)


def test_a_weight_computes_everybody(built: Project) -> None:
    built.seed(Seeds(weights={"sms": "3"}))
    assert recomputed(build(built)) == "everything"
    assert still_tampered(built) == everybody_but(*PEOPLE)


def test_a_build_that_goes_further_back_than_the_one_before_that_did_not_end(built: Project) -> None:
    """A touch counts for later sales alone; what a build replaces is taken off the totals once."""
    late = {**conversion("L0"), "conversion_id": "sale-late", "converted_at": "2024-05-28T10:00:00Z"}
    built.load_files(touches=[touch("L0", 22, 22)], conversions=[late])
    build(built)
    assert still_tampered(built)["marts.fct_attribution"] == set(PEOPLE)

    built.load_files(touches=[touch("L0", 25, 25)])
    assert stopped(built) == [("sale-late", 3)]
    built.load_files(touches=[touch("L0", 5, 5)])
    assert stopped(built) == [("sale-L0", 2), ("sale-late", 3)]
    build(built)
    assert still_tampered(built)["marts.fct_attribution"] == set(PEOPLE) - {"L0"}
    added_up = "select sum(row_count), sum(last_touch_credit) from intermediate.int_credit_totals"
    anew = "select count(*), count(*) filter (last_touch_credit = 1) from marts.fct_attribution"
    with built.connect() as connection:
        assert connection.execute(added_up).fetchall() == connection.execute(anew).fetchall() == [(4 * 2 + 3 + 5, 6)]


def stopped(project: Project) -> list[tuple[str, int]]:
    """A build without the models behind fct_attribution; what it noted as replaced, by conversion and touches."""
    assert project.dbt("run", FILES, {}, "--exclude", "int_credit_changes+").is_good
    with project.connect() as connection:
        return connection.execute(
            """select conversion_id, count(*) from intermediate.int_replaced_credit
               where conversion_id is not null group by all order by all"""
        ).fetchall()


def test_a_touch_is_in_the_future_no_longer_than_it_is(built: Project) -> None:
    """No row changes, and yet a finding goes: time alone takes it away."""
    # Long enough for a load and a build, on a machine that grows slower meanwhile.
    soon = datetime.now(UTC) + timedelta(seconds=5 + 2.5 * built.seconds)
    built.load_files(touches=[{**touch("L0", 3, 99), "touched_at": soon.isoformat()}])
    found = "select record_id from reports.rpt_data_quality where finding = 'future_timestamp'"
    build(built)
    assert datetime.now(UTC) > soon or built.rows(found) == [{"record_id": "L0-99"}]
    while datetime.now(UTC) <= soon:
        time.sleep(1)
    build(built)
    assert built.rows(found) == []
