"""The recomputation's rules, held against the reference of the models' tests: two statements of the same rules."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from journeys import make
from reference import Reference, Settings, clock_time_to_utc

from common.dbt_vars import dbt_vars
from explain.local_days import end_of_day, start_of_day
from explain.recompute import Conversion, Touch, journey, share_out

WEIGHTS = {"outbound_call": Decimal("1.5"), "sms": Decimal("0.25"), "silent_channel": Decimal(0)}
VARIANTS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "defaults": ({}, {}),
    "hours, first touch": (
        {
            "timestamp_granularity": "hour",
            "decay_time_unit": "hour",
            "decay_rate": 0.003,
            "lookback_window_days": 30,
            "single_win_criterion": "first_touch",
            "position_based_weights": [0.5, 0.2, 0.3],
        },
        {
            "granularity": "hour",
            "unit": "hour",
            "decay_rate": Decimal("0.003"),
            "lookback_days": 30,
            "criterion": "first_touch",
            "position_weights": (Decimal("0.5"), Decimal("0.2"), Decimal("0.3")),
        },
    ),
    "days, half-life of a week, highest weight": (
        {
            "timestamp_granularity": "day",
            "decay_time_unit": "week",
            "decay_half_life": 1,
            "single_win_criterion": "highest_weighted",
        },
        {"granularity": "day", "unit": "week", "half_life": Decimal(1), "criterion": "highest_weighted"},
    ),
    "seconds, steep decay": (
        {"timestamp_granularity": "second", "decay_time_unit": "hour", "decay_rate": 50},
        {"granularity": "second", "unit": "hour", "decay_rate": Decimal(50)},
    ),
}


@pytest.mark.parametrize("variant", VARIANTS)
def test_credits_and_cents_are_those_of_the_reference(variant):
    from reference import share_out as reference_share_out

    variables, settings = VARIANTS[variant]
    reference = Reference(*make(seed=7, people=80), Settings(**settings, weights=WEIGHTS))
    by_person: dict[Any, list[Touch]] = {}
    for each in reference.touches:
        touch = Touch(each.id, naive(reference.touched_at[each.id]), WEIGHTS.get(each.channel, Decimal(1)))
        by_person.setdefault(reference.person[each.id][:2], []).append(touch)
    compared = 0
    for each in reference.conversions:
        value = reference.value_reporting(each)
        conversion = Conversion(
            each.id,
            naive(reference.converted_at[each.id]),
            value,
            None if each.lead_created is None else naive(each.lead_created),
        )
        found = journey(conversion, by_person.get(reference.person[each.id][:2], []), dbt_vars(variables))
        assert [one.touch.touch_id for one in found] == [touch.id for touch in reference.journey(each)]
        for model, credits in reference.credits(each).items():
            assert [one.credits[model] for one in found] == pytest.approx(credits, abs=Decimal("1e-40"))
            wanted = [None] * len(found) if value is None else reference_share_out(value, credits)
            assert [one.values[model] for one in found] == wanted, (each, model)
            compared += len(found)
    assert compared > 400


def naive(instant: datetime) -> datetime:
    return instant.astimezone(UTC).replace(tzinfo=None)


def test_touches_that_nobody_answered_are_left_out_where_the_var_says_so():
    conversion = Conversion("c", datetime(2026, 3, 10, 12))
    touches = [Touch("a", datetime(2026, 3, 9), Decimal(1)), Touch("b", datetime(2026, 3, 8), Decimal(1), False)]
    for only, wanted in ((False, ["b", "a"]), (True, ["a"])):
        found = journey(conversion, touches, dbt_vars({"connected_touches_only": only}))
        assert [one.touch.touch_id for one in found] == wanted


def test_a_refund_is_shared_out_as_a_sale_is():
    thirds = [Decimal(1) / 3] * 3
    assert share_out(Decimal("100.00"), thirds) == [Decimal("33.34"), Decimal("33.33"), Decimal("33.33")]
    assert share_out(Decimal("-100.00"), thirds) == [Decimal("-33.34"), Decimal("-33.33"), Decimal("-33.33")]
    assert share_out(Decimal("0.01"), thirds) == [Decimal("0.01"), Decimal(0), Decimal(0)]
    assert share_out(None, thirds) == [None] * 3


@pytest.mark.parametrize(
    ("zone", "day"),
    [
        ("UTC", date(2026, 6, 15)),
        ("America/New_York", date(2026, 3, 8)),
        ("America/New_York", date(2026, 11, 1)),
        ("America/Santiago", date(2026, 9, 6)),  # midnight is skipped
        ("America/Havana", date(2026, 11, 1)),  # midnight comes twice
        ("America/Sao_Paulo", date(2018, 2, 17)),  # 23:59:59 comes twice
        ("Pacific/Apia", date(2011, 12, 30)),  # a day that never was
    ],
)
def test_a_day_stands_for_the_instants_that_its_zone_s_clocks_show(zone, day):
    from zoneinfo import ZoneInfo

    wanted = (
        clock_time_to_utc(day, 0, ZoneInfo(zone), later=False),
        clock_time_to_utc(day, 86399, ZoneInfo(zone), later=True),
    )
    assert (start_of_day(day, zone), end_of_day(day, zone)) == tuple(naive(instant) for instant in wanted)
