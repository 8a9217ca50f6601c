"""docs/bi.md: its queries run, say what is so, and the ones that it calls wrong are wrong by what it says."""

from __future__ import annotations

import math
import re
import statistics
import subprocess
import sys
from collections import Counter, defaultdict
from pathlib import Path

import duckdb
import pytest
import yaml

from common.settings import PROJECT_DIR

PAGE = PROJECT_DIR / "docs" / "bi.md"
EXPORTED = "channel_weighted_time_decay"
TOOLS = ("Power BI", "Tableau", "Metabase", "Superset", "Evidence")


def blocks(language: str, text: str) -> list[str]:
    """The fenced blocks of a language."""
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.DOTALL | re.MULTILINE)


def section(heading: str) -> str:
    """What stands under a heading, up to the next of its level or a higher one."""
    text = PAGE.read_text(encoding="utf-8")
    level = heading.split(" ")[0]
    begin = text.index(f"\n{heading}")
    end = re.compile(rf"^#{{1,{len(level)}}} ", re.MULTILINE).search(text, begin + len(heading) + 1)
    return text[begin : end.start() if end else None]


TRAPS = blocks("sql", section("## What doubles numbers"))
QUESTIONS = {
    int(n): sql for n, sql in re.findall(r"^### (\d+)\..*?```sql\n(.*?)^```", section("## Ten questions"), re.S | re.M)
}


@pytest.fixture(scope="module")
def answers(demo):
    """Number of the question → its rows."""
    return {number: demo.query(sql) for number, sql in QUESTIONS.items()}


@pytest.fixture(scope="module")
def facts(demo):
    """Tables of the marts as rows, to count by hand."""
    names = ["fct_attribution", "fct_touches", "fct_conversions", "fct_single_win", "fct_costs", "bridge_touch_agents"]
    return {name: demo.query(f"select * from marts.{name}") for name in names}


@pytest.fixture(scope="module")
def campaign_names(demo):
    return {row["campaign_id"]: row["campaign_name"] for row in demo.query("select * from marts.dim_campaigns")}


def summed(rows, group, value):
    """group → the sum of value over its rows, null where all are null."""
    sums = {}
    for row in rows:
        amount = value(row)
        known = sums.get(group(row))
        sums[group(row)] = known if amount is None else (known or 0) + amount
    return sums


def close(actual, expected):
    assert actual.keys() == expected.keys()
    for key, value in expected.items():
        if value is None:
            assert actual[key] in (None, 0), key
        else:
            assert math.isclose(float(actual[key] or 0), float(value), rel_tol=1e-9, abs_tol=1e-9), (key, actual[key])


def test_the_page_has_ten_questions_and_every_block_of_sql_is_one_or_a_trap():
    assert sorted(QUESTIONS) == list(range(1, 11))
    assert len(blocks("sql", PAGE.read_text(encoding="utf-8"))) == len(TRAPS) + len(QUESTIONS)


@pytest.mark.parametrize("number", sorted(QUESTIONS))
def test_every_question_has_an_answer(answers, number):
    assert answers[number]
    # No column is empty all the way down: it would be a join that finds nothing.
    for column in answers[number][0]:
        assert any(row[column] is not None for row in answers[number]), column


def test_campaigns_earn_and_cost_what_their_touches_do(answers, facts, campaign_names):
    rows = {row["campaign_name"]: row for row in answers[1] if row["campaign_name"] != "(unattributed)"}
    touches = Counter(campaign_names[row["campaign_id"]] for row in facts["fct_touches"])
    assert {name: row["touch_count"] for name, row in rows.items()} == touches
    for column, table, value in (
        ("credit", "fct_attribution", f"{EXPORTED}_credit"),
        ("attributed_value", "fct_attribution", f"{EXPORTED}_value"),
        ("cost", "fct_costs", "cost"),
    ):
        by_hand = summed(facts[table], lambda row: campaign_names[row["campaign_id"]], lambda row, v=value: row[v])
        close({name: row[column] for name, row in rows.items()}, {name: by_hand.get(name) for name in rows})


def test_touch_sequences_earn_and_cost_what_their_touches_do(answers, facts, campaign_names):
    rows = {(row["campaign_name"], row["touch_sequence"]): row for row in answers[2]}

    def group(row):
        return campaign_names[row["campaign_id"]], row["touch_sequence"]

    assert {key: row["touches"] for key, row in rows.items()} == Counter(map(group, facts["fct_touches"]))
    value = summed(facts["fct_attribution"], group, lambda row: row[f"{EXPORTED}_value"])
    cost = summed(facts["fct_costs"], group, lambda row: row["cost"])
    close({key: row["attributed_value"] for key, row in rows.items()}, {key: value.get(key) for key in rows})
    for key, row in rows.items():
        if cost.get(key):
            roi = (float(value.get(key) or 0) - float(cost[key])) / float(cost[key])
            assert math.isclose(row["roi"], roi, rel_tol=1e-9, abs_tol=1e-9)


def test_what_no_campaign_can_claim(answers, facts):
    left = [row for row in facts["fct_conversions"] if row["touch_count"] == 0]
    assert left
    assert sum(row["without_touch"] for row in answers[3]) == len(left)
    assert sum(row["conversions"] for row in answers[3]) == len(facts["fct_conversions"])
    assert sum(row["value_without_touch"] or 0 for row in answers[3]) == sum(
        row["conversion_value_reporting"] or 0 for row in left
    )


def test_models_side_by_side_share_out_the_same_value(answers, facts, campaign_names):
    touched = sum(row["conversion_value_reporting"] or 0 for row in facts["fct_conversions"] if row["touch_count"])
    for model in ("first_touch", "linear", "time_decay", "last_touch"):
        assert sum(row[model] or 0 for row in answers[4]) == touched
    worth = {row["conversion_id"]: row["conversion_value_reporting"] for row in facts["fct_conversions"]}
    for model, is_winner in (
        ("first_touch", lambda row: row["position"] == 1),
        ("last_touch", lambda row: row["position"] == row["journey_length"]),
    ):
        won = summed(
            filter(is_winner, facts["fct_attribution"]),
            lambda row: campaign_names[row["campaign_id"]],
            lambda row: worth[row["conversion_id"]],
        )
        close(
            {row["campaign_name"]: row[model] for row in answers[4]},
            {row["campaign_name"]: won.get(row["campaign_name"]) for row in answers[4]},
        )


def test_credit_over_time_is_all_credit_by_month_and_channel(answers, facts):
    by_hand = summed(
        facts["fct_attribution"],
        lambda row: (row["converted_at"].date().replace(day=1), row["channel"]),
        lambda row: row[f"{EXPORTED}_credit"],
    )
    close({(row["month_start"], row["channel"]): row["credit"] for row in answers[5]}, by_hand)


def test_agents_sum_to_all_credit_of_the_last_90_days(answers, facts):
    newest = max(row["converted_at"] for row in facts["fct_conversions"])
    recent = [row for row in facts["fct_attribution"] if (newest - row["converted_at"]).total_seconds() <= 90 * 86400]
    assert 0 < len(recent) < len(facts["fct_attribution"])
    assert math.isclose(
        sum(row["credit"] for row in answers[6]), sum(row[f"{EXPORTED}_credit"] for row in recent), rel_tol=1e-9
    )


def test_paths_are_the_channels_in_their_order(answers, facts):
    journeys = defaultdict(list)
    for row in sorted(facts["fct_attribution"], key=lambda row: row["position"]):
        journeys[row["conversion_id"]].append(row["channel"])
    counted = Counter(" > ".join(channels) for channels in journeys.values())
    assert all(counted[row["path"]] == row["conversion_count"] for row in answers[7])
    assert answers[7][0]["conversion_count"] == max(counted.values())


def test_days_from_touch_to_conversion_are_medians(answers, facts):
    hours = defaultdict(list)
    for row in facts["fct_attribution"]:
        hours[row["channel"]].append(row["hours_to_conversion"] / 24)
    close(
        {row["channel"]: row["median_days"] for row in answers[8]},
        {channel: statistics.median(values) for channel, values in hours.items()},
    )


def test_single_wins_are_one_per_conversion_with_a_touch(answers, facts):
    assert sum(row["wins"] for row in answers[9]) == sum(1 for row in facts["fct_conversions"] if row["touch_count"])
    campaigns = defaultdict(set)
    for row in facts["fct_attribution"]:
        campaigns[row["conversion_id"]].add(row["campaign_id"])
    assert sum(row["contested_wins"] for row in answers[9]) == sum(len(found) > 1 for found in campaigns.values())


def test_wrong_is_wrong_by_what_the_page_says_and_right_is_right(demo, facts):
    values = [next(iter(demo.query(sql)[0].values())) for sql in TRAPS]
    assert len(values) == 8
    attribution, conversions = facts["fct_attribution"], facts["fct_conversions"]
    worth = {row["conversion_id"]: row["conversion_value_reporting"] or 0 for row in conversions}
    touched = sum(worth[row["conversion_id"]] for row in conversions if row["touch_count"])
    all_models, one_model = values[0:2]
    assert (all_models, one_model) == (8 * touched, touched)
    once_per_touch, sold = values[2:4]
    assert once_per_touch == sum(worth[row["conversion_id"]] for row in attribution) > sold == touched
    twice, shared = values[4:6]
    agents = Counter(row["touch_id"] for row in facts["bridge_touch_agents"])
    assert math.isclose(twice, sum(row["linear_credit"] * agents[row["touch_id"]] for row in attribution))
    assert math.isclose(shared, sum(row["linear_credit"] for row in attribution))
    assert twice > shared
    partial, cost = values[6:8]
    assert partial < cost == sum(row["cost"] for row in facts["fct_costs"])
    assert set(Counter(row["touch_id"] for row in attribution).values()) - {1}, "no touch serves two conversions"


def run_python(block: str, folder: Path, warehouse: Path) -> None:
    """A block of Python as a user runs it, in ``folder``."""
    subprocess.run(
        [sys.executable, "-c", block],
        cwd=folder,
        env={"ATTRIBUTION_DUCKDB_PATH": str(warehouse), "PATH": ""},
        check=True,
        capture_output=True,
        timeout=60,
    )


def test_the_copy_has_all_of_marts_and_reports_and_nothing_else(demo, tmp_path):
    to_duckdb, _ = blocks("python", section("## A copy to read"))
    for _ in range(2):
        # The second time over the first copy, as a job does it.
        run_python(to_duckdb, tmp_path, demo.file)
    assert [path.name for path in tmp_path.iterdir()] == ["bi.duckdb"]
    listed = "select table_schema || '.' || table_name as name from information_schema.tables"
    wanted = demo.query(f"{listed} where table_schema in ('marts', 'reports') order by 1")
    with duckdb.connect(str(tmp_path / "bi.duckdb"), read_only=True) as copy:
        found = copy.execute(f"{listed} order by 1").fetchall()
        assert [name for (name,) in found] == [row["name"] for row in wanted]
        for row in wanted:
            rows = copy.execute(f"select count(*) from {row['name']}").fetchone()
            assert rows == tuple(demo.query(f"select count(*) as n from {row['name']}")[0].values()), row["name"]
        for sql in QUESTIONS.values():
            assert copy.execute(sql).fetchall()


def test_parquet_has_one_file_per_table(demo, tmp_path):
    _, to_parquet = blocks("python", section("## A copy to read"))
    run_python(to_parquet, tmp_path, demo.file)
    files = {path.name for path in (tmp_path / "bi_parquet").iterdir()}
    assert {"marts.fct_attribution_credit.parquet", "reports.rpt_campaign_roi.parquet"} <= files
    with duckdb.connect() as connection:
        read = connection.execute(
            "select count(*) from read_parquet(?)", [str(tmp_path / "bi_parquet/marts.fct_attribution_credit.parquet")]
        ).fetchone()
    assert read == tuple(demo.query("select count(*) as n from marts.fct_attribution_credit")[0].values())


def test_every_join_of_the_table_finds_one_row_at_most(demo):
    for one, key in (
        ("dim_attribution_models", "attribution_model"),
        ("dim_campaigns", "campaign_id"),
        ("dim_channels", "channel"),
        ("fct_conversions", "conversion_id"),
        ("fct_touches", "touch_id"),
        ("dim_days", "date_day"),
    ):
        assert f"`{one}`" in section("## Tables and joins")
        counted = demo.query(f"select count(*) as n, count(distinct {key}) as keys from marts.{one}")[0]
        assert counted["n"] == counted["keys"], one


@pytest.fixture(scope="module")
def exposures():
    """Name of the tool → the tables that its exposure names."""
    read = yaml.safe_load((PROJECT_DIR / "models" / "_bi_exposures.yml").read_text(encoding="utf-8"))
    return {
        exposure["label"]: set(re.findall(r"ref\('(\w+)'\)", " ".join(exposure["depends_on"])))
        for exposure in read["exposures"]
    }


def test_every_tool_has_a_section_and_an_exposure(exposures):
    for tool in TOOLS:
        assert "attribution_model" in section(f"## {tool}")
    assert sorted(exposures) == sorted(TOOLS)


def test_exposures_name_the_tables_that_the_page_has_the_tools_read(exposures):
    questions = set(re.findall(r"\b(?:marts|reports)\.(\w+)", " ".join(QUESTIONS.values()))) | {"rpt_agent_credit"}
    for tool in ("Metabase", "Superset", "Evidence"):
        assert exposures[tool] == questions, tool
    star = set(
        re.findall(r"`((?:fct|dim|bridge)_\w+)`", section("## Tables and joins").replace("fct_conversions.", ""))
    )
    for tool in ("Power BI", "Tableau"):
        assert star - {"fct_attribution"} <= exposures[tool], tool
        named = set(re.findall(r"\b((?:fct|dim|bridge|rpt)_[a-z_]+[a-z])\b", section(f"## {tool}")))
        assert named <= exposures[tool], tool
