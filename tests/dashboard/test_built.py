"""From files through the whole build: the page says what the reports say, for every model."""

from __future__ import annotations

import csv
import math
import random
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import duckdb
import pytest
from browser import Browser
from marts import MODELS
from shown import figure, near, table
from typer.testing import CliRunner

from cli.main import app
from ingestion.files import load_files

DAYS = 90


def files(folder: Path) -> dict[str, Path]:
    """Touches, conversions and costs of 60 people, as CSV."""
    dice = random.Random(7)
    start = datetime(2026, 2, 1)
    touches, conversions, costs = [], [], []
    for person in range(60):
        for place in range(dice.randrange(5)):
            touches.append({
                "touch_id": f"touch-{person}-{place}", "lead_id": f"lead-{person}",
                "touched_at": f"{start + timedelta(minutes=dice.randrange(DAYS * 1440)):%Y-%m-%dT%H:%M:%SZ}",
                "channel": dice.choice(("outbound_call", "sms", "email")),
                "campaign_id": dice.choice(("renewal", "win-back", "")),
                "touch_sequence": dice.choice(("1", "2", "3", "")),
                "agent_id": dice.choice(("ada", "theo", "")), "ivr_node_id": dice.choice(("menu", "")),
                "disposition_code": dice.choice(("sale", "no answer", "")), "cost": dice.choice(("", "0.75")),
            })  # fmt: skip
        if dice.random() < 0.7:
            conversions.append({
                "conversion_id": f"sale-{person}", "lead_id": f"lead-{person}",
                "converted_at": f"{start + timedelta(minutes=dice.randrange(DAYS * 1440)):%Y-%m-%dT%H:%M:%SZ}",
                "conversion_value": dice.choice(("", "-20.00", f"{dice.randrange(1, 99999) / 100:.2f}")),
                "conversion_type": dice.choice(("renewal", "new business")),
            })  # fmt: skip
    for day in range(0, DAYS, 7):
        costs.append(
            {"campaign_id": "renewal", "cost_date": f"{start + timedelta(days=day):%Y-%m-%d}", "cost": "12.345"}
        )
    paths = {}
    for name, rows in {"touches": touches, "conversions": conversions, "costs": costs}.items():
        paths[name] = folder / f"{name}.csv"
        with paths[name].open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
    return paths


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory, run_dbt: Callable[..., str]) -> Path:
    """A folder with a built warehouse and, by the command, its dashboard."""
    folder = tmp_path_factory.mktemp("built")
    file = folder / "warehouse.duckdb"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ATTRIBUTION_DUCKDB_PATH", str(file))
        load_files(**files(folder))
        without_tests = ("--resource-type", "model", "--resource-type", "seed")
        run_dbt(file, "build", *without_tests, sources=["files"], reporting_timezone="Asia/Tokyo")
        said = CliRunner().invoke(app, ["dashboard", "--out", str(folder / "page.html")])
    assert said.exit_code == 0, said.output
    assert "page.html" in said.output
    return folder


@pytest.fixture(scope="module")
def page(browser: Browser, built: Path) -> Browser:
    browser.open(built / "page.html")
    return browser


def reported(built: Path, sql: str) -> list[tuple]:
    with duckdb.connect(str(built / "warehouse.duckdb"), read_only=True) as connection:
        return connection.execute(sql).fetchall()


@pytest.mark.parametrize(("number", "model"), [(number, model) for number, (model, _) in enumerate(MODELS)])
def test_every_report_of_every_model(page: Browser, built: Path, number: int, model: str):
    page.choose(model=number)
    where = f"where attribution_model = '{model}'"
    rows = table(page, "roi")
    found = reported(
        built,
        f"""select campaign_name, touch_count, conversion_count, credit, attributed_value, cost, roi,
                   cost_per_conversion
            from reports.rpt_campaign_roi {where}""",
    )
    assert {row[0] for row in found} == {*rows, "(unattributed)"} - {"all"}
    for name, touches, conversions, credit, value, cost, roi, per_conversion in found:
        if name == "(unattributed)":
            assert figure(page, "unattributed") == conversions
            assert page.js("Number(document.getElementById('figure-unattributed').dataset.cents)") == (value or 0) * 100
            continue
        shown = rows[name]
        assert shown[:2] == [touches, conversions]
        assert near(shown[2], credit)
        assert shown[3] == (value or 0) * 100
        assert shown[4] is None if cost is None else math.floor(shown[4] / 100 + 0.5) == cost * 100
        assert shown[5] == pytest.approx(roi)
        assert (shown[6] is None) if per_conversion is None else shown[6] == pytest.approx(per_conversion * 10_000)
    for name, sql in (
        ("agents", f"select agent_name, credit, attributed_value from reports.rpt_agent_credit {where}"),
        ("nodes", f"select ivr_node_name, credit, attributed_value from reports.rpt_ivr_node_credit {where}"),
        (
            "dispositions",
            f"select disposition_name, credit, attributed_value from reports.rpt_disposition_credit {where}",
        ),
    ):
        rows = table(page, name)
        found = reported(built, sql)
        assert {row[0] for row in found} == set(rows) - {"all"}
        for entity, credit, value in found:
            assert near(rows[entity][0], credit)
            assert rows[entity][1] == (value or 0) * 100


def test_touch_sequences_and_paths(page: Browser, built: Path):
    page.choose(model=2)
    columns = page.js("[...document.querySelectorAll('#heat-table thead th')].slice(1).map(e => e.textContent)")
    rows = table(page, "heat")
    for name, sequence, value in reported(
        built,
        """select campaign_name, coalesce(cast(touch_sequence as varchar), '(none)'), sum(attributed_value)
           from reports.rpt_campaign_touch_sequence where attribution_model = 'linear'
           group by 1, 2 having sum(credit) > 0""",
    ):
        assert rows[name][columns.index(f"touch {sequence}")] == (value or 0) * 100
    rows = table(page, "paths")
    found = reported(
        built,
        """select path, max(conversion_count), sum(attributed_value) from reports.rpt_conversion_paths
           where attribution_model = 'linear' group by path order by 2 desc, 3 desc limit 10""",
    )
    assert len(found) > 3
    for path, count, value in found:
        assert rows[path] == [count, (value or 0) * 100]


def test_days_are_those_of_the_reporting_timezone(page: Browser, built: Path):
    day = "cast(timezone('Asia/Tokyo', timezone('UTC', converted_at)) as date)"
    chosen, utc = reported(
        built,
        f"""select cast({day} as varchar), count_if({day} = cast(converted_at as date)) from marts.fct_conversions
            group by 1 order by 2, count(*) desc limit 1""",
    )[0]
    page.choose(**{"from": chosen, "to": chosen})
    count = reported(built, f"select count(*) from marts.fct_conversions where {day} = '{chosen}'")[0][0]
    assert figure(page, "conversions") == count > utc
    page.choose(**{"from": "", "to": ""})


def test_example_journeys_are_those_of_the_build(page: Browser, built: Path):
    links = page.js(
        "[...document.querySelectorAll('#paths-table tbody a')].map(e => [e.textContent, e.attributes.href.value])"
    )
    assert len(links) == page.js("document.querySelectorAll('#paths-table tbody .path').length") > 3
    for conversion_id, href in links:
        text = (built / href).read_text(encoding="utf-8")
        assert f"<h1>Conversion {conversion_id} (files)</h1>" in text
        assert "all agree" in text


def test_findings_and_freshness_are_listed(page: Browser, built: Path):
    found = reported(built, "select finding, count(*) from reports.rpt_data_quality group by finding")
    rows = table(page, "quality")
    assert {finding.replace("_", " "): count for finding, count in found} == {
        name: row[0] for name, row in rows.items()
    }
    assert figure(page, "findings") == sum(count for _, count in found)
    assert page.js("document.getElementById('freshness-table').textContent.includes('files')")
    assert page.js("document.getElementById('freshness-table').textContent.includes('fresh')")
