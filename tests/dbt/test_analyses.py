"""The questions asked now and then, on a few journeys whose answers are computed here in plain Python."""

from __future__ import annotations

import math
import re
import statistics
from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any

import pytest
import yaml

from common.settings import PROJECT_DIR

FOLDER = PROJECT_DIR / "analyses"
NAMES = sorted(file.stem for file in FOLDER.glob("*.sql"))
CONVERTED = datetime(2026, 6, 15, 12)
WEIGHTS = {"outbound_call": 1.5, "email": 1.0, "sms": 1.0, "flyer": 0.0}
# Conversion → its value, its type, and its touches from first to last: (campaign, channel, days before).
JOURNEYS: dict[str, tuple[float | None, str, list[tuple[str, str, float]]]] = {
    "A": (100.01, "sale", [("Spring", "email", 20), ("Calls", "outbound_call", 3), ("Spring", "email", 1)]),
    "B": (250.00, "sale", [("Texts", "sms", 40), ("Calls", "outbound_call", 2)]),
    "C": (80.00, "sale", [("Calls", "outbound_call", 30), ("Spring", "email", 0.5)]),
    "D": (None, "renewal", [("Texts", "sms", 5)]),
    "E": (60.00, "renewal", [("Flyers", "flyer", 4), ("Flyers", "flyer", 1)]),
    "F": (45.50, "renewal", [("Calls", "outbound_call", 10), ("Texts", "sms", 4), ("Flyers", "flyer", 0.25)]),
    "G": (500.00, "sale", []),
    "H": (19.99, "sale", [("Texts", "sms", 85), ("Calls", "outbound_call", 80)]),
}
TOUCHED = {name: journey for name, journey in JOURNEYS.items() if journey[2]}
Rows = list[dict[str, Any]]


@pytest.fixture(scope="module")
def answers(files_warehouse: Callable) -> Iterator[Callable[[str], Rows]]:
    """Rows of an analysis by name, as its compiled SQL gives them."""
    warehouse = files_warehouse()
    warehouse.load(
        touches=[
            {
                "touch_id": f"{name}{number}",
                "touched_at": (CONVERTED - timedelta(days=days)).isoformat(),
                "lead_id": name,
                "campaign_id": campaign,
                "channel": channel,
            }
            for name, (_, _, touches) in JOURNEYS.items()
            for number, (campaign, channel, days) in enumerate(touches)
        ],
        conversions=[
            {
                "conversion_id": name,
                "converted_at": CONVERTED.isoformat(),
                "lead_id": name,
                "conversion_type": kind,
                "conversion_value": value,
            }
            for name, (value, kind, _) in JOURNEYS.items()
        ],
    )
    warehouse.dbt("seed")
    warehouse.execute("insert into seeds.channel_weights values ('flyer', 0)")
    warehouse.dbt("run")
    warehouse.dbt("compile", "--select", "path:analyses")
    compiled = warehouse.folder / "target" / "compiled" / "outbound_attribution" / "analyses"
    yield lambda name: warehouse.query((compiled / f"{name}.sql").read_text(encoding="utf-8"))


def credits(journey: list[tuple[str, str, float]], decay_factor: float, weight_power: float) -> list[float]:
    """Channel-weighted time decay at 0.1 a day, plainly: nothing here is large enough to need care."""
    decay = [math.exp(-0.1 * decay_factor * days) for _, _, days in journey]
    terms = [WEIGHTS[channel] ** weight_power * term for (_, channel, _), term in zip(journey, decay, strict=True)]
    terms = terms if sum(terms) else decay
    return [term / sum(terms) for term in terms]


def campaign_credit(decay_factor: float, weight_power: float) -> dict[str, tuple[float, float]]:
    """Campaign → (credit, value)."""
    totals: dict[str, list[float]] = defaultdict(lambda: [0.0, 0.0])
    for value, _, journey in TOUCHED.values():
        for (campaign, _, _), credit in zip(journey, credits(journey, decay_factor, weight_power), strict=True):
            totals[campaign][0] += credit
            totals[campaign][1] += credit * (value or 0)
    return {campaign: (credit, value) for campaign, (credit, value) in totals.items()}


SCENARIOS = {
    "as set": (1, 1),
    "no decay": (0, 1),
    "decay rate / 4": (0.25, 1),
    "decay rate / 2": (0.5, 1),
    "decay rate x 2": (2, 1),
    "decay rate x 4": (4, 1),
    "all channels weigh the same": (1, 0),
    "weights squared": (1, 2),
}


def ranks(totals: dict[str, tuple[float, float]]) -> dict[str, int]:
    """Campaign → place by value, then credit."""
    ordered = sorted(totals, key=lambda campaign: (-totals[campaign][1], -totals[campaign][0]))
    return {campaign: place for place, campaign in enumerate(ordered, start=1)}


def test_campaign_ranks_are_those_of_each_scenario(answers: Callable[[str], Rows]) -> None:
    rows = answers("campaign_rank_sensitivity")
    assert {row["scenario"] for row in rows} == set(SCENARIOS)
    as_set = ranks(campaign_credit(1, 1))
    for scenario, (decay_factor, weight_power) in SCENARIOS.items():
        expected = campaign_credit(decay_factor, weight_power)
        found = {row["campaign_id"]: row for row in rows if row["scenario"] == scenario}
        assert set(found) == set(expected)
        for campaign, (credit, value) in expected.items():
            row = found[campaign]
            assert row["credit"] == pytest.approx(credit, abs=1e-6), scenario
            assert row["attributed_value"] == pytest.approx(value, abs=0.0051), scenario
            assert row["value_gained"] == pytest.approx(value - campaign_credit(1, 1)[campaign][1], abs=0.011)
            assert row["campaign_rank"] == ranks(expected)[campaign], scenario
            assert row["places_gained"] == as_set[campaign] - ranks(expected)[campaign], scenario
    assert any(row["places_gained"] for row in rows), "the journeys should show a rank that changes"


def test_campaign_ranks_as_set_are_the_credit_of_the_mart(answers: Callable[[str], Rows]) -> None:
    shared = {row["campaign_id"]: row for row in answers("single_win_against_shared_credit")}
    for row in answers("campaign_rank_sensitivity"):
        if row["scenario"] == "as set":
            mart = shared[row["campaign_id"]]
            assert row["credit"] == pytest.approx(mart["conversions_shared"], abs=1e-6)
            assert row["attributed_value"] == pytest.approx(float(mart["value_shared"]), abs=0.03)


def test_paths_are_in_the_order_of_their_revenue(answers: Callable[[str], Rows]) -> None:
    paths: dict[str, list[float | None]] = defaultdict(list)
    for value, _, journey in TOUCHED.values():
        paths[" > ".join(channel for _, channel, _ in journey)].append(value)
    revenue = {path: sum(filter(None, values)) if any(values) else None for path, values in paths.items()}
    ordered = sorted(paths, key=lambda path: -(revenue[path] or 0))
    total, so_far = sum(filter(None, revenue.values())), 0.0
    rows = answers("top_paths_by_revenue")
    assert [row["path"] for row in rows] == ordered
    for rank, row in enumerate(rows, start=1):
        path = row["path"]
        so_far += revenue[path] or 0
        assert (row["path_rank"], row["path_length"]) == (rank, path.count(">") + 1)
        assert row["conversion_count"] == len(paths[path])
        if revenue[path] is None:
            assert row["revenue"] is row["revenue_per_conversion"] is row["share_of_revenue"] is None
        else:
            assert float(row["revenue"]) == pytest.approx(revenue[path])
            assert row["revenue_per_conversion"] == pytest.approx(revenue[path] / len(paths[path]), abs=0.0051)
            assert row["share_of_revenue"] == pytest.approx(revenue[path] / total, abs=5.1e-5)
        assert row["share_down_to_here"] == pytest.approx(so_far / total, abs=5.1e-5)


def test_times_to_convert_are_quantiles_by_type(answers: Callable[[str], Rows]) -> None:
    rows = {row["conversion_type"]: row for row in answers("time_to_convert")}
    assert set(rows) == {"(all)", "sale", "renewal"}
    for kind, row in rows.items():
        journeys = [journey for _, of, journey in TOUCHED.values() if kind in ("(all)", of)]
        assert row["conversion_count"] == len(journeys)
        assert row["average_touches"] == pytest.approx(statistics.mean(map(len, journeys)), abs=0.0051)
        for end, touch in (("first", 0), ("last", -1)):
            days = sorted(journey[touch][2] for journey in journeys)
            for percent in (10, 25, 50, 75, 90):
                found = row[f"{end}_touch_days_p{percent}"]
                assert found == pytest.approx(quantile(days, Fraction(percent, 100)), abs=0.0051), (kind, end, percent)
            assert row[f"{end}_touch_days_max"] == max(days)


def quantile(values: list[float], part: Fraction) -> float:
    """Linear between the two values around the place, as SQL's percentile_cont has it."""
    place = part * (len(values) - 1)
    below = math.floor(place)
    above = min(below + 1, len(values) - 1)
    return values[below] + float(place - below) * (values[above] - values[below])


def test_first_touch_and_last_touch_stand_side_by_side(answers: Callable[[str], Rows]) -> None:
    rows = answers("first_touch_against_last_touch")
    balance = [row["opens_or_closes"] for row in rows]
    assert balance == sorted(balance) and balance[0] < 0 < balance[-1]
    for row in rows:
        campaign = row["campaign_id"]
        opened = [value for value, _, journey in TOUCHED.values() if journey[0][0] == campaign]
        closed = [value for value, _, journey in TOUCHED.values() if journey[-1][0] == campaign]
        touched = [name for name, (_, _, journey) in TOUCHED.items() if campaign in {touch[0] for touch in journey}]
        assert row["conversions_touched"] == len(touched)
        assert (row["conversions_opened"], row["conversions_closed"]) == (len(opened), len(closed))
        assert float(row["value_opened"]) == pytest.approx(sum(filter(None, opened)))
        assert float(row["value_closed"]) == pytest.approx(sum(filter(None, closed)))
        assert row["value_gained_by_last_touch"] == row["value_closed"] - row["value_opened"]
        expected = (len(closed) - len(opened)) / (len(closed) + len(opened))
        assert row["opens_or_closes"] == pytest.approx(expected, abs=5.1e-5)
    assert {row["campaign_id"] for row in rows} == {"Spring", "Calls", "Texts", "Flyers"}


def test_what_would_be_counted_twice_is_what_is_claimed_beyond_what_was_won(answers: Callable[[str], Rows]) -> None:
    rows = {row["campaign_id"]: row for row in answers("single_win_against_shared_credit")}
    campaigns = {"Spring", "Calls", "Texts", "Flyers"}
    assert set(rows) == campaigns | {"(all campaigns)"}
    shared = campaign_credit(1, 1)
    for campaign in campaigns:
        row = rows[campaign]
        claimed = [value for value, _, journey in TOUCHED.values() if campaign in {touch[0] for touch in journey}]
        won = [value for value, _, journey in TOUCHED.values() if journey[-1][0] == campaign]
        assert (row["conversions_claimed"], row["conversions_won"]) == (len(claimed), len(won))
        assert row["conversions_shared"] == pytest.approx(shared[campaign][0], abs=1e-6)
        assert row["conversions_overclaimed"] == len(claimed) - len(won)
        assert float(row["value_claimed"]) == pytest.approx(sum(filter(None, claimed)))
        assert float(row["value_won"]) == pytest.approx(sum(filter(None, won)))
        assert row["value_overclaimed"] == row["value_claimed"] - row["value_won"]
    total = rows["(all campaigns)"]
    # Seven conversions have a touch; A, B, C, H are claimed by two campaigns, F by three: six too many.
    assert (total["conversions_claimed"], total["conversions_won"], total["conversions_overclaimed"]) == (13, 7, 6)
    assert total["conversions_shared"] == pytest.approx(7)
    assert float(total["value_won"]) == float(total["value_shared"]) == pytest.approx(555.50)
    assert float(total["value_overclaimed"]) == pytest.approx(100.01 + 250 + 80 + 19.99 + 2 * 45.50)


def test_each_reads_marts_and_reports_alone_and_is_described() -> None:
    described = yaml.safe_load((FOLDER / "schema.yml").read_text(encoding="utf-8"))["analyses"]
    assert sorted(analysis["name"] for analysis in described) == NAMES
    assert all(analysis["description"].strip() for analysis in described)
    for name in NAMES:
        sql = (FOLDER / f"{name}.sql").read_text(encoding="utf-8")
        assert "source(" not in sql
        assert all(re.match(r"(fct|dim|bridge|rpt)_", read) for read in re.findall(r"ref\('(\w+)'\)", sql))


def test_each_column_that_is_described_is_there(answers: Callable[[str], Rows]) -> None:
    for analysis in yaml.safe_load((FOLDER / "schema.yml").read_text(encoding="utf-8"))["analyses"]:
        columns = set(answers(analysis["name"])[0])
        named = {column["name"] for column in analysis["columns"]}
        undescribed = {column for column in columns - named if not re.search(r"_p(10|25|75|90)$", column)}
        assert (named - columns, undescribed) == (set(), set()), analysis["name"]
