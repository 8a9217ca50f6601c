"""The sentences of `explain`, on rows small enough to check by eye."""

from __future__ import annotations

from datetime import datetime

import pytest

from common.dbt_vars import dbt_vars
from explain.conversion import decay_of, decay_rate, rate_in_words
from explain.identity import in_words, why_another_person
from explain.journey_report import journey_report
from explain.left_out import why_left_out
from explain.recompute import truncate
from explain.winner import why_it_won
from explain.written_back import state_of
from write_back.records import RETRACTED_HASH

CONVERTED = datetime(2026, 3, 10, 12, 0, 30)


def test_a_date_without_a_time_is_told_with_its_source():
    found = {
        "conversion": {
            "conversion_id": "c", "source": "files", "is_date_only": True, "person_key": "p", "lead_id": None,
            "converted_at": CONVERTED, "conversion_value": None, "conversion_value_reporting": None, "identity": None,
        },
        "settings": dbt_vars({"crm_timezone": "America/New_York"}), "touches": [], "single_win": None, "left_out": [],
        "check": {"differences": [], "agrees": True},
    }  # fmt: skip
    facts = dict(journey_report(found).facts)
    assert "the file gave the date alone: end of day in America/New_York" in facts["converted_at"]


def touch(touched_at, started_at=None, is_connected=True):
    return {"touched_at": touched_at, "started_at": started_at or touched_at, "is_connected": is_connected}


@pytest.mark.parametrize(
    ("left_out", "variables", "rule", "reason"),
    [
        (
            touch(datetime(2026, 3, 10, 12, 0, 5)),
            {},
            "same_period",
            "in the same minute as the conversion, so not before it",
        ),
        (touch(datetime(2026, 3, 11)), {}, "after", "after the conversion"),
        (
            touch(datetime(2026, 3, 10, 12, 9), started_at=datetime(2026, 3, 10, 11, 58)),
            {},
            "ended_after",
            "ended after the conversion, though it began before (touch_anchor: start would count it)",
        ),
        (
            touch(datetime(2025, 12, 10, 11, 59)),
            {},
            "past_lookback",
            "90.0 days before; the lookback window is 90 days",
        ),
        (
            touch(datetime(2026, 3, 1), is_connected=False),
            {"connected_touches_only": True},
            "not_connected",
            "nobody answered",
        ),
        (
            touch(datetime(2026, 3, 10, 1)),
            {"timestamp_granularity": "day"},
            "same_period",
            "in the same day as the conversion",
        ),
    ],
)
def test_a_touch_left_out_is_told_by_which_rule(left_out, variables, rule, reason):
    found = why_left_out(left_out, CONVERTED, dbt_vars(variables))
    assert found[0] == rule
    assert found[1].startswith(reason)


def test_the_lookback_s_boundary_counts_so_it_is_no_reason():
    at_the_boundary = touch(datetime(2025, 12, 10, 12, 0, 0))
    assert "no rule leaves it out" in why_left_out(at_the_boundary, CONVERTED, dbt_vars())[1]


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


def test_decay_follows_unit_and_half_life():
    assert decay_of(24, dbt_vars()) == pytest.approx(2.718281828**-0.1)
    assert decay_of(168, dbt_vars({"decay_time_unit": "week"})) == pytest.approx(2.718281828**-0.1)
    assert decay_of(168, dbt_vars({"decay_half_life": 7})) == pytest.approx(0.5)
    assert decay_of(10**7, dbt_vars({"decay_rate": 1e6, "decay_time_unit": "hour"})) == 0
    assert decay_rate(dbt_vars({"decay_half_life": 7})) == pytest.approx(0.6931471805599453 / 7)


def test_the_rate_is_told_with_its_half_life():
    assert rate_in_words(dbt_vars()) == "λ 0.1 per day, a half-life of 6.931 days"
    assert rate_in_words(dbt_vars({"decay_half_life": 7})) == "λ 0.09902 per day, a half-life of 7 days"
    assert rate_in_words(dbt_vars({"decay_rate": 0})) == "λ 0: no decay"


def test_truncation_is_to_the_start_of_the_unit():
    instant = datetime(2026, 3, 10, 12, 34, 56, 789)
    assert truncate(instant, "second") == datetime(2026, 3, 10, 12, 34, 56)
    assert truncate(instant, "minute") == datetime(2026, 3, 10, 12, 34)
    assert truncate(instant, "hour") == datetime(2026, 3, 10, 12)
    assert truncate(instant, "day") == datetime(2026, 3, 10)


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ({"identity_match": "lead_id", "lead_id": "L1", "given_lead_id": "L1"}, "carries the lead id L1"),
        (
            {"identity_match": "lead_id", "lead_id": "L1", "given_lead_id": "L9"},
            "carries the lead id L9, which was merged into L1",
        ),
        ({"identity_match": "phone", "lead_id": "L1"}, "carries no lead id; its phone leads to exactly one lead, L1"),
        ({"identity_match": "email", "lead_id": "L1"}, "carries no lead id; its e-mail leads to exactly one lead, L1"),
        (
            {"identity_match": "phone"},
            "carries no lead id, and no lead has its phone: the phone itself is the person",
        ),
        (
            {"identity_match": "ambiguous", "lead_id": "L1", "phone_leads": 3, "was_there": True},
            "carries no lead id; 3 leads share its phone, and it went to L1, "
            "the one created last at or before the touch",
        ),
        (
            {"identity_match": "ambiguous", "lead_id": "L1", "email_leads": 2, "was_there": False},
            "carries no lead id; 2 leads share its e-mail, and it went to L1, "
            "the one created first, as none was there yet at the touch",
        ),
        ({"identity_match": "none"}, "carries no lead id, no phone and no e-mail: it is a person of its own"),
    ],
)
def test_where_an_identity_came_from_is_told(row, words):
    blank = {"lead_id": None, "given_lead_id": None, "phone_leads": None, "email_leads": None, "was_there": None}
    assert in_words("touch", {**blank, **row}) == words


@pytest.mark.parametrize(
    ("match", "by_phone", "reason"),
    [
        ("lead_id", True, "another person: shares the phone, but carries the lead id L2"),
        ("ambiguous", True, "another person: several leads share the phone, and this touch went to L2"),
        ("phone", False, "another person: shares the e-mail, but its phone, which is asked first, leads to L2"),
        ("email", False, "another person: shares the e-mail, but belongs to L2"),
    ],
)
def test_why_a_touch_is_another_person_s_is_told(match, by_phone, reason):
    assert why_another_person({"identity_match": match, "by_phone": by_phone, "lead_id": "L2"}) == reason


@pytest.mark.parametrize(
    ("status", "row_hash", "exported", "state"),
    [
        ("sent", "a", "a", "up_to_date"),
        ("sent", "a", "b", "outdated"),
        ("sent", "a", None, "outdated"),
        ("sent", RETRACTED_HASH, None, "taken_back"),
        ("sent", RETRACTED_HASH, "b", "outdated"),
        ("failed", "a", "a", "failed"),
        ("pending", None, "a", "unfinished"),
        (None, None, "a", "not_sent"),
    ],
)
def test_what_the_org_holds_is_told_from_ledger_and_export(status, row_hash, exported, state):
    entry = {"status": status, "row_hash": row_hash} if status else None
    assert state_of(entry, {"row_hash": exported} if exported else None) == state
