"""Incremental builds leave what a full refresh leaves and what the rules say, whatever has happened before.

Two histories here; `make soak` plays as many as one likes. Each ends in a comparison of every contract table.
"""

from __future__ import annotations

import pytest
from hypothesis import strategies as st
from plan import History, Step, Stop, drawn, smaller
from play import Counts, against_statement, differences, play
from project import Project

# Everything that can befall files: late, doubled, corrected, deleted and back, other vars and back, a killed build.
FILES = History(
    ("files",),
    40,
    (
        Step(),
        Step(
            loads=(
                (
                    "files",
                    (
                        ("touch.late", 1, 1),
                        ("touch.again", 4, 0),
                        ("touch.phone", 7, 2),
                        ("touch.delete", 3, 0),
                        ("conversion.lead", 2, 5),
                        ("conversion.delete", 5, 0),
                        ("conversion.lead_created", 4, 3),
                        ("cost.set", 1, 1),
                    ),
                ),
            ),
            vars="New York",
            seeds="another weight",
            stop=Stop(models=25, pause=20),
        ),
        Step(
            loads=(
                (
                    "files",
                    (
                        ("touch.restore", 0, 0),
                        ("touch.late", 2, 4),
                        ("touch.email", 9, 6),
                        ("touch.time", 11, 1),
                        ("conversion.restore", 0, 0),
                        ("conversion.value", 1, 2),
                        ("conversion.time", 3, 7),
                    ),
                ),
            ),
        ),
        Step(
            loads=(
                (
                    "files",
                    (
                        ("touch.late", 5, 3),
                        ("conversion.value", 4, 1),
                        ("touch.delete", 6, 0),
                        ("conversion.time", 6, 2),
                    ),
                ),
            ),
        ),
    ),
)
ALL_SYSTEMS = drawn(seed=947, sources=st.just(("genesys", "salesforce", "files")))


@pytest.mark.parametrize("history", [FILES, ALL_SYSTEMS], ids=["files", "all systems"])
def test_what_is_left_is_right(project: Project, history: History) -> None:
    counts = Counts()
    world = play(history, project, counts, every_refresh=False)
    kills = sum(step.stop is not None for step in history.steps)
    assert kills and counts.steps["build killed"] == kills
    assert counts.builds >= 2 and counts.full_refreshes == 1
    assert counts.rows_against_full > 1000 and counts.rows_against_statement > 1000

    with project.connect() as connection:
        connection.execute("update marts.fct_attribution set linear_credit = linear_credit + 1e-6 where position = 1")
        connection.execute("delete from marts.dim_channels where channel = 'sms'")
    noticed = against_statement(project, world, counts)
    assert "marts.fct_attribution:" in noticed and "marts.dim_channels:" in noticed
    assert "marts.fct_touches:" not in noticed


def test_one_bit_and_one_row_are_noticed() -> None:
    contents = {"marts.t": (("id", "credit"), [("a", "3ff0000000000000"), ("b", "3ff0000000000001")])}
    other_bit = {"marts.t": (("id", "credit"), [("a", "3ff0000000000000"), ("b", "3ff0000000000002")])}
    row_less = {"marts.t": (("id", "credit"), [("a", "3ff0000000000000")])}
    assert differences(contents, contents, Counts()) == ""
    for other in (other_bit, row_less, {}):
        assert "marts.t" in differences(contents, other, Counts())


def test_a_history_comes_back_from_its_text() -> None:
    for seed in range(5):
        history = drawn(seed)
        assert History.of(history.text()) == history == drawn(seed)
    assert {each.text() for each in smaller(ALL_SYSTEMS)} and ALL_SYSTEMS not in smaller(ALL_SYSTEMS)
