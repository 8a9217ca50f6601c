"""The sentences of `explain`, on rows small enough to check by eye."""

from __future__ import annotations

from datetime import datetime

import pytest

from cli.journey import truncate, why_it_won, why_left_out
from cli.settings_of_build import decay_per_hour
from common.dbt_vars import dbt_vars

CONVERTED = datetime(2026, 3, 10, 12, 0, 30)


def touch(touched_at, started_at=None, is_connected=True):
    return {"touched_at": touched_at, "started_at": started_at or touched_at, "is_connected": is_connected}


@pytest.mark.parametrize(
    ("left_out", "variables", "reason"),
    [
        (touch(datetime(2026, 3, 10, 12, 0, 5)), {}, "in the same minute as the conversion, so not before it"),
        (touch(datetime(2026, 3, 11)), {}, "after the conversion"),
        (
            touch(datetime(2026, 3, 10, 12, 9), started_at=datetime(2026, 3, 10, 11, 58)),
            {},
            "ended after the conversion, though it began before (touch_anchor: start would count it)",
        ),
        (touch(datetime(2025, 12, 10, 11, 59)), {}, "90.0 days before; the lookback window is 90 days"),
        (touch(datetime(2026, 3, 1), is_connected=False), {"connected_touches_only": True}, "nobody answered"),
        (touch(datetime(2026, 3, 10, 1)), {"timestamp_granularity": "day"}, "in the same day as the conversion"),
    ],
)
def test_a_touch_left_out_is_told_by_which_rule(left_out, variables, reason):
    assert why_left_out(left_out, CONVERTED, dbt_vars(variables)).startswith(reason)


def test_the_lookback_s_boundary_counts_so_it_is_no_reason():
    at_the_boundary = touch(datetime(2025, 12, 10, 12, 0, 0))
    assert "no rule leaves it out" in why_left_out(at_the_boundary, CONVERTED, dbt_vars())


def winner(position, credit):
    return {
        "position": position,
        "campaign_name": None,
        "campaign_id": "spring",
        "channel": "email",
        "credits": {"channel_weighted_time_decay": credit},
    }


def test_the_winner_is_told_by_the_criterion_that_chose_it():
    first, second = winner(1, 0.25), winner(2, 0.75)
    assert "the latest of the 2 touches" in why_it_won(second, [first, second], "last_touch")
    assert "the earliest of the 2 touches" in why_it_won(first, [first, second], "first_touch")
    assert "0.7500, is the largest" in why_it_won(second, [first, second], "highest_weighted")
    assert "the only touch" in why_it_won(first, [first], "last_touch")


def test_a_tie_of_weights_is_told():
    first, second = winner(1, 0.5), winner(2, 0.5 + 1e-15)
    assert "those that tie it is the latest" in why_it_won(second, [first, second], "highest_weighted")


def test_decay_per_hour_follows_unit_and_half_life():
    assert decay_per_hour(dbt_vars()) == pytest.approx(0.1 / 24)
    assert decay_per_hour(dbt_vars({"decay_time_unit": "week"})) == pytest.approx(0.1 / 168)
    assert decay_per_hour(dbt_vars({"decay_half_life": 7})) == pytest.approx(0.6931471805599453 / 168)


def test_truncation_is_to_the_start_of_the_unit():
    instant = datetime(2026, 3, 10, 12, 34, 56, 789)
    assert truncate(instant, "second") == datetime(2026, 3, 10, 12, 34, 56)
    assert truncate(instant, "minute") == datetime(2026, 3, 10, 12, 34)
    assert truncate(instant, "hour") == datetime(2026, 3, 10, 12)
    assert truncate(instant, "day") == datetime(2026, 3, 10)
