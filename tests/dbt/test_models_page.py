"""docs/models.md: its journeys are loaded from files and built, and every figure in its tables is what comes out."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest

from common.settings import PROJECT_DIR

PAGE = (PROJECT_DIR / "docs" / "models.md").read_text(encoding="utf-8")
MODELS = [
    "first_touch",
    "last_touch",
    "linear",
    "position_based",
    "w_shaped",
    "time_decay",
    "channel_weighted_time_decay",
    "single_win",
]
LEAD_CREATED = "2026-06-02T09:00:00Z"
CONVERTED = datetime(2026, 6, 15, 12)
Table = list[list[str]]
# Touch → (credit, value) of one model.
Credit = dict[int, tuple[float, Decimal]]


def sections() -> dict[str, str]:
    """The page's text by heading."""
    starts = [*re.finditer(r"^## (.+)$", PAGE, re.MULTILINE)]
    ends = [start.start() for start in starts[1:]] + [len(PAGE)]
    return {start[1]: PAGE[start.end() : end] for start, end in zip(starts, ends, strict=True)}


def tables(text: str) -> list[Table]:
    """The cells of each Markdown table, without its ruler."""
    found: list[Table] = []
    for before, line in pairwise(["", *text.splitlines()]):
        if not line.startswith("|"):
            continue
        if not before.startswith("|"):
            found.append([])
        cells = [cell.strip().strip("`") for cell in line.strip("|").split("|")]
        if not all(re.fullmatch(":?-+:?", cell) for cell in cells):
            found[-1].append(cells)
    return found


def written(table: Table) -> Credit:
    """A table of touches, credits and values, one column for each touch."""
    by_name = {name: cells for name, *cells in table}
    rows = zip(by_name["Touch"], by_name["credit"], by_name["value"], strict=True)
    return {int(touch): (float(credit), Decimal(value)) for touch, credit, value in rows}


def section_of(model: str) -> str:
    """The section whose text begins with the model's name."""
    found = [text for text in sections().values() if text.strip().startswith(f"`{model}`:")]
    assert len(found) == 1, f"docs/models.md has {len(found)} sections on {model}"
    return found[0]


JOURNEY = tables(sections()["The journey"])[0]


@pytest.fixture(scope="module")
def built(files_warehouse: Callable) -> Callable[..., dict[tuple[str, str], Credit]]:
    """Builds with the given channel weights and vars; (journey, model) → credit and value by touch.

    Journeys: ``five``, the page's, ``two`` of its last two touches, ``one`` of its last, ``unborn`` the two without
    the time of the lead's creation.
    """
    warehouse = files_warehouse()
    touches = [row for row in JOURNEY[1:] if row[0].isdigit()]
    journeys = {"five": touches, "two": touches[-2:], "one": touches[-1:], "unborn": touches[-2:]}
    warehouse.load(
        touches=[
            {
                "touch_id": f"{journey}-{number}",
                "touched_at": f"{touched_at}Z",
                "channel": channel,
                "lead_id": journey,
            }
            for journey, rows in journeys.items()
            for number, touched_at, channel, *_ in rows
        ],
        conversions=[
            {
                "conversion_id": journey,
                "converted_at": f"{CONVERTED.isoformat()}Z",
                "lead_id": journey,
                "conversion_value": "1000.01" if journey == "five" else "100.01",
                "lead_created_at": "" if journey == "unborn" else LEAD_CREATED,
            }
            for journey in journeys
        ],
    )
    warehouse.dbt("seed")

    def build(weights: dict[str, float], **variables: Any) -> dict[tuple[str, str], Credit]:
        for channel, weight in {"outbound_call": 1.5, "email": 1, "sms": 1, **weights}.items():
            warehouse.execute(f"update seeds.channel_weights set weight = {weight} where channel = '{channel}'")
        warehouse.dbt("run", "--full-refresh", "--select", "+fct_attribution", **variables)
        rows = warehouse.query("from marts.fct_attribution order by conversion_id, position")
        assert len(rows) == 5 + 2 + 1 + 2
        return {
            (journey, model): {
                int(row["touch_id"][-1]): (row[f"{model}_credit"], row[f"{model}_value"])
                for row in rows
                if row["conversion_id"] == journey
            }
            for journey in journeys
            for model in MODELS
        }

    return build


@pytest.fixture(scope="module")
def by_default(built: Any) -> dict[tuple[str, str], Credit]:
    return built({})


@pytest.fixture(scope="module")
def all_weigh_nothing(built: Any) -> dict[tuple[str, str], Credit]:
    """Every channel at weight 0, and single win by the first touch, which asks for no weight."""
    return built({"email": 0, "sms": 0, "outbound_call": 0}, single_win_criterion="first_touch")


def shown(credit: Credit) -> Credit:
    """Credit as the page has it, with four decimals."""
    return {touch: (round(share, 4), value) for touch, (share, value) in credit.items()}


def test_the_journey_is_the_one_in_the_text() -> None:
    text = sections()["The journey"]
    for stated in ("created on 2026-06-02 at 09:00", "converts on 2026-06-15 at 12:00", "1,000.01 USD", "λ is 0.1"):
        assert stated in text


def test_the_terms_of_the_journey_are_right() -> None:
    names, *rows, total = JOURNEY
    assert names == ["Touch", "Touched at", "Channel", "Δt in days", "exp(-λΔt)", "W", "W·exp(-λΔt)"]
    sums = [0.0, 0.0]
    for _, touched_at, channel, days, term, weight, weighted in rows:
        age = (CONVERTED - datetime.fromisoformat(touched_at)).total_seconds() / 86400
        assert float(days) == age
        assert float(weight) == (1.5 if channel == "outbound_call" else 1)
        exact = math.exp(-0.1 * age)
        assert (term, weighted) == (f"{exact:.4f}", f"{exact * float(weight):.4f}")
        sums = [sums[0] + exact, sums[1] + exact * float(weight)]
    assert (total[4], total[6]) == tuple(f"{each:.4f}" for each in sums)


@pytest.mark.parametrize("model", MODELS)
def test_each_model_has_its_use_and_its_traps(model: str) -> None:
    assert "\n**Use it** " in section_of(model) and "\n**It misleads** " in section_of(model)


@pytest.mark.parametrize("model", MODELS)
def test_the_credit_of_each_model_is_what_the_models_give(by_default: Any, model: str) -> None:
    of_the_journey = [table for table in tables(section_of(model)) if table[0][0] == "Touch"]
    expected = written(of_the_journey[0])
    assert sum(value for _, value in expected.values()) == Decimal("1000.01")
    assert shown(by_default["five", model]) == expected


def test_one_touch_has_everything_by_every_model(by_default: Any) -> None:
    assert "has credit 1 and the whole value by every model" in sections()["Short journeys"]
    for model in MODELS:
        assert by_default["one", model] == {5: (1, Decimal("100.01"))}, model


def test_two_touches_have_what_their_table_says(by_default: Any) -> None:
    names, *rows = tables(sections()["Short journeys"])[0]
    assert names == ["Model", "Credit of 4", "Credit of 5", "Value of 4", "Value of 5"]
    assert [row[0] for row in rows] == MODELS
    for model, *numbers in rows:
        credit4, credit5, value4, value5 = map(Decimal, numbers)
        expected = {4: (float(credit4), value4), 5: (float(credit5), value5)}
        assert shown(by_default["two", model]) == expected, model


def test_without_a_lead_creation_w_shaped_is_u_shaped(by_default: Any) -> None:
    assert by_default["unborn", "w_shaped"] == by_default["unborn", "position_based"]
    assert by_default["unborn", "w_shaped"] == by_default["two", "position_based"]


def test_each_criterion_of_single_win_has_its_winner(by_default: Any, all_weigh_nothing: Any, built: Any) -> None:
    names, *rows = tables(section_of("single_win"))[0]
    assert names[:2] == ["Criterion", "Winner"]
    assert [row[0] for row in rows] == ["last_touch", "first_touch", "highest_weighted"]
    credits = {
        "last_touch": by_default,
        "first_touch": all_weigh_nothing,
        "highest_weighted": built({}, single_win_criterion="highest_weighted"),
    }
    for criterion, winner, _ in rows:
        won = [touch for touch, (share, _) in credits[criterion]["five", "single_win"].items() if share == 1]
        assert won == [int(winner)], criterion


def test_a_channel_of_weight_0_earns_nothing(built: Any) -> None:
    expected = written(tables(section_of("channel_weighted_time_decay"))[1])
    assert shown(built({"email": 0})["five", "channel_weighted_time_decay"]) == expected


def test_where_all_weights_are_0_the_model_is_time_decay(all_weigh_nothing: Any) -> None:
    credit = all_weigh_nothing
    for journey in ("five", "two", "one"):
        assert credit[journey, "channel_weighted_time_decay"] == credit[journey, "time_decay"]
    assert shown(credit["five", "time_decay"]) == written(tables(section_of("time_decay"))[0])
