"""Tables in a narrow terminal and in a pipe: no value is broken, and text folds between words."""

import re
from io import StringIO

import pytest
from rich.console import Console

from cli.explain import FOLDS, LEAST_NEEDED
from cli.grid import Grid
from cli.terminal import LOG_WIDTH
from cli.write_back import plan_grid
from write_back.records import Task, record_of, retraction_of

CONVERSATION = "3f2b8c1e-0d43-4a1c-9f6e-2b7d5a9c1e00"


def printed(grid: Grid, width: int) -> str:
    console = Console(file=StringIO(), width=width, highlight=False)
    grid.show(console)
    return console.file.getvalue()


def journey() -> Grid:
    columns = ("#", "touched at (UTC)", "campaign", "channel", "seq", "Δt", "decay", "weight", "credit", "value", "win")
    grid = Grid("Credit", columns, ("seq", "credit", "value"), FOLDS, LEAST_NEEDED)
    campaign = "Premium Cross-sell Calls"
    row = ("2026-10-11 20:49:16", campaign, "outbound_call", 1, "70.2 d", "0.0008943", "1.5", "0.4473", "1,850.14", "*")
    grid.add(1, *row)
    return grid


def plan() -> Grid:
    row = {
        "conversation_id": CONVERSATION,
        "attribution_credit": 0.554111111,
        "attributed_value": 12345.67,
        "attribution_model": "time_decay",
        "single_win_credit": 1,
        "campaign_id": "7010VfEj00000A1QCY",
        "touch_sequence": 2,
        "conversion_count": 3,
        "last_converted_at": None,
        "row_hash": "hash",
    }
    id = f"attribution-{CONVERSATION}"
    return plan_grid([Task(record_of(row, id)), Task(retraction_of(id, CONVERSATION))])


@pytest.mark.parametrize("width", [80, 100, 140])
def test_a_journey_keeps_its_values_whole_and_its_lines_within_the_terminal(width):
    text = printed(journey(), width)
    assert max(map(len, text.splitlines())) <= width
    for value in ("2026-10-11 20:49:16", "Cross-sell", "0.4473", "1,850.14", "touched at (UTC)"):
        assert value in text


@pytest.mark.parametrize(
    ("width", "left_out"),
    [
        (80, "decay, weight, channel, Δt"),
        (90, "decay, weight, channel"),
        (100, "decay, weight"),
        (115, "decay"),
        (140, None),
    ],
)
def test_the_least_needed_columns_are_left_out_first_and_named(width, left_out):
    said = re.findall("Left out, as the terminal is narrow: (.*)", printed(journey(), width))
    assert said == ([left_out] if left_out else [])


def test_what_does_not_fit_follows_below_with_the_first_column_again():
    names = tuple(f"model {letter}" for letter in "abcdefgh")
    grid = Grid("Models", ("conversion", *names), right=names)
    grid.add("0060VfEj00001DYQCY", *[f"0.{number}000\n{number},136.48" for number in range(8)])
    text = printed(grid, 80)
    assert max(map(len, text.splitlines())) <= 80
    assert text.count("0060VfEj00001DYQCY") == 2
    assert all(text.count(name) == 1 for name in names)
    assert all(f"{number},136.48" in text for number in range(8))


@pytest.mark.parametrize("width", [80, 100, 140])
def test_the_plan_of_a_write_back_has_short_heads_and_whole_ids(width):
    text = printed(plan(), width)
    assert max(map(len, text.splitlines())) <= width
    assert text.count(CONVERSATION) == 2
    assert "credit by time_decay" in text.splitlines()[0]
    for value in ("credit", "value", "win", "0.5541", "12,345.67", "take back"):
        assert value in text
    assert "attribution_" not in text
    assert ("7010VfEj00000A1QCY" in text) == (width >= 100)


def test_no_width_is_a_limit_where_there_is_no_terminal():
    grid = Grid("Why", ("id", "why"), folds=("why",), least_needed=("why",))
    reason = "a reason that goes on " * 20
    grid.add("1", reason)
    assert reason.strip() in printed(grid, LOG_WIDTH)


def test_markup_in_a_cell_is_text():
    grid = Grid("[b]Title", ("[red]head",))
    grid.add("[bold]name[/bold]")
    text = printed(grid, 80)
    assert "[b]Title" in text and "[red]head" in text and "[bold]name[/bold]" in text
