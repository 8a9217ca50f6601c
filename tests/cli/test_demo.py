"""The demo as `make demo` runs it, on a small sandbox; and again, on the warehouse that it left."""

from __future__ import annotations

import re

import pytest
import requests
from parsed import folders

from cli.arguments import instant
from cli.demo import sandbox
from common.warehouse import connect


@pytest.fixture(scope="module")
def demo(tmp_path_factory, run_process, attribution_here):
    folder = tmp_path_factory.mktemp("demo")
    settings = {
        **folders(folder, folder / "warehouse.duckdb"),
        # What a user has exported for an org of their own must not reach the demo.
        "GENESYSCLOUD_REGION": "eu-central-1",
        "SALESFORCE_INSTANCE_URL": "https://acme.my.salesforce.com",
        "ATTRIBUTION_PHONE_REGION": "DE",
    }
    arguments = ("demo", "--scale", "0.02", "--as-of", "2026-06-15")
    answers = [run(*arguments, **settings) for run in (run_process, attribution_here)]
    return folder, settings, answers


def test_the_demo_works_twice(demo):
    _, _, answers = demo
    for answer in answers:
        assert answer.returncode == 0, answer.stdout + answer.stderr


def test_it_ends_with_ranking_findings_write_back_and_where_to_look(demo):
    folder, _, answers = demo
    said = answers[0].stdout
    places = [
        said.index("Credited value by campaign and touch sequence"),
        said.index("Findings in the data"),
        said.index("write-back: "),
        said.index("Where to look next"),
    ]
    assert places == sorted(places)
    assert (folder / "target" / "static_index.html").exists()
    assert str(folder / "dashboard.html") in said
    assert "<title>Outbound Attribution</title>" in (folder / "dashboard.html").read_text(encoding="utf-8")
    journeys = list((folder / "dashboard_journeys").iterdir())
    assert 1 < len(journeys) <= 25
    for page in journeys:
        text = page.read_text(encoding="utf-8")
        assert f"<h1>Conversion {page.stem.removeprefix('explain_')} (salesforce)</h1>" in text
        assert "all agree" in text
    assert "rate limit is raised" in answers[0].stderr


def test_what_it_shows_is_what_the_warehouse_holds(demo, monkeypatch):
    _, settings, answers = demo
    monkeypatch.setenv("ATTRIBUTION_DUCKDB_PATH", settings["ATTRIBUTION_DUCKDB_PATH"])
    with connect(read_only=True) as warehouse:
        findings = warehouse.query(
            "select finding, count(*) as findings from reports.rpt_data_quality group by finding"
        )
        best = warehouse.query(
            """select campaign_name from reports.rpt_campaign_roi
               where attribution_model = 'channel_weighted_time_decay' and campaign_id <> '(unattributed)'
               order by attributed_value desc nulls last limit 1"""
        )[0]["campaign_name"]
    for row in findings:
        assert re.search(rf"{row['finding']} .*\b{row['findings']}\b", answers[1].stdout)
    ranked = re.findall(r"│ (\S.*?)\s+│\s+all │", answers[1].stdout)
    assert ranked[0] == best
    assert ranked[-1] == "(unattributed)"


def test_the_conversion_that_it_names_can_be_explained(demo, run_attribution):
    _, settings, answers = demo
    conversion_id = re.search(r"attribution explain (\S+)", answers[0].stdout)[1]
    answer = run_attribution("explain", conversion_id, **settings)
    assert answer.returncode == 0, answer.stderr
    assert "has the single win" in answer.stdout


def test_the_demo_s_settings_are_gone_when_its_sandbox_is(monkeypatch):
    import os

    monkeypatch.setenv("GENESYSCLOUD_BASE_URL", "https://api.example.com")
    with sandbox(seed=1, scale=0.02, as_of=instant("2026-06-15"), seconds={}) as organization:
        inside = os.environ["GENESYSCLOUD_BASE_URL"]
        assert organization["name"] == "Outbound Attribution sandbox"
        assert requests.get(inside + "/_sandbox/truth", timeout=10).ok
    assert os.environ["GENESYSCLOUD_BASE_URL"] == "https://api.example.com"
