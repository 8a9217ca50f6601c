"""docs/genesys_dashboard.md: its figures are the demo's, its trap is one, its query and its names are right."""

from __future__ import annotations

import math
import re
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from genesys_tables import BAD_IN_TOTAL, GOOD_IN_TOTAL, PAGE, TABLES, filled_in, sequences

from common.attribution_attributes import ATTRIBUTION_ATTRIBUTES
from write_back.schema import SCHEMA_TITLE


@pytest.fixture(scope="module")
def page():
    return PAGE.read_text(encoding="utf-8")


def between(page, name):
    """What stands between the markers of a table."""
    found = re.search(rf"<!-- begin: {re.escape(name)} -->(.*?)<!-- end: {re.escape(name)} -->", page, re.DOTALL)
    assert found, name
    return found[1]


def test_the_page_has_the_figures_of_the_demo(page, demo):
    remedy = "the demo's figures have changed: .venv/bin/python tests/docs/genesys_tables.py writes them into the page"
    anew = filled_in(page, demo)
    for name in TABLES:
        assert between(page, name) == between(anew, name), remedy


def test_the_page_says_which_demo_it_is(page):
    from demo_warehouse import AS_OF, SCALE, SEED

    assert f"attribution demo --scale {SCALE} --as-of {AS_OF.isoformat()}" in page
    assert SEED == 1, "the demo's default"


def test_total_and_sequence_lead_to_opposite_conclusions(demo):
    good = {row["part"]: row for row in sequences(demo, GOOD_IN_TOTAL)}
    bad = {row["part"]: row for row in sequences(demo, BAD_IN_TOTAL)}
    assert good["all"]["roi"] > 0.2
    assert good["3 and later"]["roi"] < -0.2
    assert bad["all"]["roi"] < -0.2
    assert bad["1"]["roi"] > 0.1


def test_the_parts_of_a_campaign_sum_to_its_total(demo):
    for campaign in (GOOD_IN_TOTAL, BAD_IN_TOTAL):
        total, *parts = sequences(demo, campaign)
        assert total["part"] == "all"
        [report] = demo.query(
            """
            select touch_count as touches, credit, attributed_value, cost, roi
            from reports.rpt_campaign_roi
            where campaign_name = ? and attribution_model = 'channel_weighted_time_decay'
            """,
            campaign,
        )
        for column in ("touches", "credit", "attributed_value", "cost"):
            assert math.isclose(float(sum(part[column] for part in parts)), float(total[column]), rel_tol=1e-9)
            assert math.isclose(float(total[column]), float(report[column]), rel_tol=1e-9)


def test_the_query_of_the_page_sums_to_what_is_sent(page, demo):
    [sql] = re.findall(r"^```sql\n(.*?)^```", page, re.DOTALL | re.MULTILINE)
    rows = demo.query(sql)
    [sent] = demo.query(
        "select count(*) as conversations, sum(attribution_credit) as credit from exports.export_genesys_attribution"
    )
    assert len(rows) > 10
    assert sum(row["conversations"] for row in rows) == sent["conversations"]
    assert math.isclose(sum(row["credit"] for row in rows), sent["credit"])


def test_credit_in_genesys_is_less_than_the_conversions_as_the_page_says(demo):
    [sums] = demo.query(
        """
        select
            (select sum(attribution_credit) from exports.export_genesys_attribution) as credit,
            (select sum(conversion_count) from exports.export_genesys_attribution) as conversion_counts,
            (select count(*) from marts.fct_conversions where touch_count > 0) as conversions
        """
    )
    assert sums["credit"] < sums["conversions"] < sums["conversion_counts"]


def test_every_attribute_and_the_schema_are_named(page):
    explained = set(re.findall(r"^\| `(\w+)` \| .+ \| .+ \|$", page, re.MULTILINE))
    assert explained == set(ATTRIBUTION_ATTRIBUTES)
    assert f"`{SCHEMA_TITLE}`" in page


def test_calls_are_those_of_the_official_sdk(page):
    # Its text is enough; to import it takes seconds.
    sdk = Path(find_spec("PureCloudPlatformClientV2").origin).parent
    known = "".join((sdk / "apis" / f"{api}_api.py").read_text() for api in ("conversations", "analytics"))
    named = set(re.findall(r"(?:GET|POST) (/api/v2/[\w/{}]+)", page))
    assert len(named) == 3
    for path in named:
        assert f"'{path}'" in known, path
    # The page says that the SDK sums no custom attribute: what a predicate may name is a fixed list without one.
    predicate = (sdk / "models" / "conversation_aggregate_query_predicate.py").read_text()
    dimensions = max(re.findall(r"allowed_values = \[(.*?)\]", predicate), key=len)
    assert "customAttribute" not in dimensions
    assert "wrapUpCode" in dimensions
