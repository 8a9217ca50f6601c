"""Warehouses of odd shapes look right: empty, one campaign, ten thousand, names that mean harm."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from browser import Browser
from marts import COSTS, MODELS, Marts, fill
from shown import Selection, choose, figure, near, one, table

import dashboard.main_cubes
import dashboard.side_cubes
from dashboard import limits

CHARTS = "heat", "roi", "models", "time", "hours"
HOSTILE = (
    "</script><script>window.harmed = true</script>",
    "<img src=x onerror='window.harmed = true'>",
    "Very long name " * 14,
    "{{ data }} `${window.harmed = true}` \\ \" ' & \u2028 \u202e",
    "__proto__",
    "Alike",
    "Alike",
)


def quiet(browser: Browser) -> bool:
    """Whether the page logged nothing, asked for nothing, and is no wider than the window."""
    assert browser.said == []
    assert [url for url in browser.requested if not url.startswith(("data:", "file:"))] == []
    assert browser.js("document.documentElement.scrollWidth <= window.innerWidth")
    return True


def test_an_empty_warehouse(browser: Browser, page_of, tmp_path):
    browser.open(page_of(Marts(tmp_path / "empty.duckdb").path))
    assert quiet(browser)
    assert figure(browser, "conversions") == 0
    assert figure(browser, "cost") is None
    assert browser.js("document.getElementById('notes').textContent.includes('The marts are empty')")
    for name in CHARTS:
        assert browser.js(f"document.getElementById('{name}-chart').hidden")
        assert browser.js(f"!document.getElementById('{name}-empty').hidden")
    browser.choose(model=0, by_credit=True)
    assert quiet(browser)


def test_an_attempt_that_earned_nothing_is_a_cell_of_0(browser, page_of, tmp_path):
    """And the cells of each campaign sum to its total, which is SQL's."""
    marts = Marts(tmp_path / "attempts.duckdb")
    fill(marts)
    marts.add(
        "marts.fct_touches",
        [
            {"touch_id": f"vain-{at}", "campaign_id": campaign, "touch_sequence": sequence, "touched_at": day}
            for at, (campaign, sequence, day) in enumerate(
                [("c0", 5, datetime(2026, 2, 1)), ("c0", 5, datetime(2026, 3, 1)), ("c9", 12, datetime(2026, 2, 1))]
            )
        ],
    )
    browser.open(page_of(marts.path))
    browser.choose(by_value=True)
    cells = browser.js(
        """Object.fromEntries([...document.querySelectorAll("#heat-table tbody tr")].map(row => [
            row.cells[0].textContent,
            [...row.cells].slice(1).map(cell => [cell.textContent, Number(cell.dataset.value)])]))"""
    )
    columns = browser.js("[...document.querySelectorAll('#heat-table thead th')].slice(1).map(e => e.textContent)")
    of_5, beyond = columns.index("touch 5"), columns.index("touch over 10")
    assert cells["Renewal Calls"][of_5] == ["$0.00", 0]
    assert cells["Win-back Calls"][of_5][0] == ""
    assert cells["c9"][beyond] == ["$0.00", 0] and cells["c9"][-1] == ["$0.00", 0]
    totals = marts.query(
        """select campaign_name, sum(channel_weighted_time_decay_value) * 100 from marts.fct_attribution
           join marts.dim_campaigns using (campaign_id) group by 1"""
    )
    assert len(totals) == 3
    for name, total in totals:
        assert sum(amount for _, amount in cells[name][:-1]) == cells[name][-1][1] == total
    tips = "dashboard.charts.heat.view.data('rows').map(row => row.tip)"
    assert "Renewal Calls, touch 5: $0.00; touches of these days: 2" in browser.js(tips)
    browser.choose(to="2026-02-15")
    assert "Renewal Calls, touch 5: $0.00; touches of these days: 1" in browser.js(tips)


def test_one_campaign(browser: Browser, page_of, tmp_path):
    marts = Marts(tmp_path / "one.duckdb")
    fill(marts, campaigns=("Renewal Calls",), conversions=20, types=("opportunity",))
    browser.open(page_of(marts.path))
    assert quiet(browser)
    assert set(table(browser, "roi")) == {"Renewal Calls", "all"}
    # One campaign earns the whole of each conversion, so the models can't differ on it.
    browser.choose(by_credit=True)
    said = browser.js("document.getElementById('models-which').textContent")
    assert "Renewal Calls, on which the models agree" in said, (said, table(browser, "models"))
    choose(browser, Selection("linear", campaign="c0"))
    assert near(figure(browser, "credit"), one(marts, "select sum(linear_credit) from marts.fct_attribution")[0])


def test_names_that_mean_harm(browser: Browser, page_of, tmp_path):
    marts = Marts(tmp_path / "hostile.duckdb")
    fill(marts, campaigns=HOSTILE, types=HOSTILE[:5], names=HOSTILE[:5])
    browser.size(360)
    browser.open(page_of(marts.path))
    assert quiet(browser)
    shown = set(table(browser, "roi")) - {"all"}
    assert set(HOSTILE[:5]) <= shown
    # Two campaigns of one name are told apart.
    assert {"Alike (c5)", "Alike (c6)"} <= shown
    choose(browser, Selection("linear", campaign="c0", type=HOSTILE[1]))
    assert HOSTILE[0] in browser.js("document.getElementById('selection').textContent")
    choose(browser, Selection("linear", campaign="c2"))
    assert browser.js("document.querySelector('#roi-table tbody .name').title") == HOSTILE[2]
    assert quiet(browser)
    assert browser.js("window.harmed === undefined")
    browser.size(1400)


def many(marts: Marts, campaigns: int) -> None:
    """One conversion of one touch for each campaign, the later ones worth more; costs for all."""
    start = datetime(2026, 1, 1)
    numbers = range(campaigns)
    moments = [start + timedelta(hours=number % 2000) for number in numbers]
    values = [Decimal(number) / 100 for number in numbers]
    row = [
        {"conversion_id": f"v{at}", "touch_id": f"t{at}", "converted_at": moments[at], "touched_at": moments[at],
         "campaign_id": f"c{at}", "channel": "sms", "touch_sequence": 1 + at % 4, "position": 1, "journey_length": 1,
         "hours_to_conversion": 5.0, "channel_weight": 1.0}
        | {f"{model}_credit": 1.0 for model, _ in MODELS} | {f"{model}_value": values[at] for model, _ in MODELS}
        for at in numbers
    ]  # fmt: skip
    marts.add("marts.fct_attribution", row)
    marts.add(
        "marts.fct_conversions",
        [
            {"conversion_id": f"v{at}", "person_key": f"p{at}", "converted_at": moments[at],
             "conversion_type": "lead", "touch_count": 1,
             "conversion_value_reporting": values[at]}
            for at in numbers
        ],
    )  # fmt: skip
    marts.add(
        "marts.fct_touches",
        [{"touch_id": f"t{at}", "campaign_id": f"c{at}", "touched_at": moments[at]} for at in numbers],
    )
    marts.add(
        "marts.bridge_touch_agents", [{"touch_id": f"t{at}", "agent_id": f"a{at}", "share": 1.0} for at in numbers]
    )
    marts.add("marts.dim_campaigns", [{"campaign_id": f"c{at}", "campaign_name": f"Campaign {at}"} for at in numbers])
    marts.add(
        COSTS,
        [{"campaign_id": f"c{at}", "cost_date": start.date(), "cost_reporting": Decimal("0.5")} for at in numbers],
    )


def test_ten_thousand_campaigns_are_folded_and_react_at_once(browser: Browser, page_of, tmp_path):
    marts = Marts(tmp_path / "many.duckdb")
    many(marts, 10_000)
    file = page_of(marts.path)
    assert file.stat().st_size < 5_000_000
    browser.open(file)
    assert quiet(browser)
    assert "9,800 more are together in (other)" in browser.js("document.getElementById('notes').textContent")
    assert figure(browser, "credit") == 10_000
    assert figure(browser, "cents") == sum(range(10_000))
    assert figure(browser, "cost") == 10_000 * 5000
    rows = table(browser, "roi")
    assert list(rows)[:2] == ["Campaign 9999", "Campaign 9998"]
    assert rows["(other)"][0] == 9800
    assert rows["(other)"][3] == sum(range(9800))
    # Beside the first 1,000 agents the others are one row, and the sum is whole.
    assert table(browser, "agents")["all"][0] == 10_000
    browser.choose(campaign=-1)
    assert figure(browser, "cents") == sum(range(9800))
    # Measured at 0.1 s; a machine that has other work may take longer.
    for control in ({"campaign": ""}, {"model": 0}, {"from": "2026-02-01"}, {"by_credit": True}):
        assert browser.choose(**control) < 3


def test_what_is_too_much_for_days_is_carried_by_month(browser: Browser, page_of, tmp_path, monkeypatch):
    marts = Marts(tmp_path / "coarse.duckdb")
    fill(marts)
    monkeypatch.setattr(dashboard.main_cubes, "MAIN_CELLS", 60)
    monkeypatch.setattr(dashboard.side_cubes, "SIDE_CELLS", 30)
    monkeypatch.setattr(limits, "PATHS", 5)
    browser.open(page_of(marts.path))
    assert quiet(browser)
    choose(browser, Selection("linear"))
    (credit,) = one(marts, "select sum(cast(linear_credit as decimal(38, 18))) from marts.fct_attribution")
    for name in ("agents", "dispositions", "nodes"):
        assert near(table(browser, name)["all"][0], credit)
    assert (
        sum(row[0] for name, row in table(browser, "paths").items() if name != "all")
        == table(browser, "paths")["all"][0]
    )
    # Days inside a month stand for the whole of it, and the page says so.
    choose(browser, Selection("linear", first="2026-02-10", last="2026-02-12"))
    month = Selection("linear", first="2026-02-01", last="2026-02-28")
    (credit,) = one(marts, f"select sum(cast(credit as decimal(38, 18))) from {month.credits} as credits")
    assert near(figure(browser, "credit"), credit)
    notes = browser.js("document.getElementById('notes').textContent")
    assert "whole months: 2026-02-01 to 2026-02-28" in notes
    assert "In whole years: 2026-01-01 to 2026-12-31" in browser.js(
        "document.getElementById('agents-table').textContent"
    )


# Of every table, the ones behind "As a table" too: by how much it is wider than its box.
WIDER = """(() => {
    document.querySelectorAll("details").forEach((each) => { each.open = true; });
    return Object.fromEntries([...document.querySelectorAll(".scroll")]
        .filter((box) => box.scrollWidth > box.clientWidth)
        .map((box) => [box.parentElement.id, box.scrollWidth - box.clientWidth]));
})()"""


@pytest.mark.parametrize("width", [360, 390])
def test_no_table_is_wider_than_a_phone(browser: Browser, marts: Marts, page_of, tmp_path, width: int):
    hostile = Marts(tmp_path / "hostile.duckdb")
    fill(hostile, campaigns=HOSTILE, types=HOSTILE[:5], names=HOSTILE[:5])
    browser.size(width)
    for each in (marts, hostile):
        browser.open(page_of(each.path))
        assert browser.js(WIDER) == {}
        # Every figure is there, with the name of its column.
        cells = "[...document.querySelectorAll('#roi-table tbody tr:first-child td')]"
        assert browser.js(f"{cells}.every((cell) => cell.getClientRects().length > 0 || cell.textContent === '')")
        assert browser.js(f"getComputedStyle({cells}[0], '::before').content") == '"Touches: "'
    browser.size(1400)


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [360, 900, 1400])
def test_it_fits_the_width(page: Browser, tmp_path, width: int, dark: bool):
    page.size(width, dark)
    page.open(page.path)
    picture = page.look(tmp_path / f"{width}.png", width, dark)
    assert picture.stat().st_size > 50_000
    assert quiet(page)
    # Charts are drawn, and as wide as their place.
    for name in CHARTS:
        drawn, place = page.js(
            f"""(() => {{ const place = document.getElementById("{name}-chart");
                return [place.querySelector("svg").getBoundingClientRect().width, place.clientWidth]; }})()"""
        )
        assert 0.8 * place <= drawn <= place + 1
    page.size(1400)
