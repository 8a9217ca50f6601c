"""What comes late or is corrected leaves the warehouse and the org as if it had been known from the start."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from changes import Changes, change
from planted import Planted
from world import FirstRound, World, differences

from sandbox.org import Org
from sandbox.server import Sandbox

NOTHING = {
    "attribution_credit_number": 0.0,
    "attribution_value_number": 0.0,
    "attribution_single_win_number": 0.0,
    "attribution_conversions_integer": 0,
}


@pytest.fixture(scope="module")
def changes(org: Org) -> Changes:
    return change(org)


@pytest.fixture(scope="module")
def at_once(
    world: World, changes: Changes, run_sandbox: Callable[..., Sandbox], ask: Callable[..., Any]
) -> dict[str, Any]:
    """A new warehouse and a new org, loaded from the changed org in one go."""
    sandbox = run_sandbox(changes.org)
    world.clear()
    world.go_the_whole_way(sandbox)
    return {"contents": world.contents(), "attributes": ask(sandbox, "custom_attributes")}


@pytest.fixture(scope="module")
def in_two_rounds(
    first_round: FirstRound,
    at_once: dict[str, Any],
    world: World,
    changes: Changes,
    run_sandbox: Callable[..., Sandbox],
    ask: Callable[..., Any],
) -> dict[str, Any]:
    """The first round's warehouse and org, on which a second round comes with the changes."""
    sandbox = run_sandbox(changes.org, first_round.memory)
    world.begin_with(first_round.file)
    # The call lies before what a load reads again by itself: whoever learns of it loads its days once more.
    day = timedelta(days=1)
    world.load(sandbox, "genesys", since=changes.called_at - day, until=changes.called_at + day)
    summary = world.go_the_whole_way(sandbox)
    return {
        "contents": world.contents(),
        "attributes": ask(sandbox, "custom_attributes"),
        "summary": summary,
        "journal": ask(sandbox, "journal")[len(first_round.memory["journal"]) :],
        "attribution": world.query("select * from marts.fct_attribution"),
        "conversions": {row["conversion_id"]: row for row in world.query("select * from marts.fct_conversions")},
        "touches": {row["touch_id"]: row for row in world.query("select * from marts.fct_touches")},
    }


def test_the_contract_tables_equal_those_of_one_load(at_once: dict[str, Any], in_two_rounds: dict[str, Any]) -> None:
    assert differences(in_two_rounds["contents"], at_once["contents"]) == {}


def test_the_org_ends_equal_but_for_what_was_taken_back(
    at_once: dict[str, Any], in_two_rounds: dict[str, Any], changes: Changes
) -> None:
    taken_back = [each for each in in_two_rounds["attributes"] if each["customAttributes"] == NOTHING]
    assert {each["conversationId"] for each in taken_back} >= changes.orphaned_calls
    assert [each for each in in_two_rounds["attributes"] if each not in taken_back] == at_once["attributes"]


def test_only_what_changed_is_written_and_each_once(first_round: FirstRound, in_two_rounds: dict[str, Any]) -> None:
    before = {each["conversationId"]: each for each in first_round.attributes}
    changed = [
        each["conversationId"] for each in in_two_rounds["attributes"] if before.get(each["conversationId"]) != each
    ]
    assert Counter(write["conversationId"] for write in in_two_rounds["journal"]) == Counter(changed)
    assert 0 < len(changed) < len(before)
    summary = in_two_rounds["summary"]
    retractions = [write for write in in_two_rounds["journal"] if write["customAttributes"] == NOTHING]
    assert summary.retracted == len(retractions) > 0
    assert summary.sent == len(changed) - len(retractions)


def test_the_changed_journeys_are_those_that_the_records_tell_of(
    in_two_rounds: dict[str, Any], changes: Changes
) -> None:
    planted = Planted(changes.org)
    expected = {
        (sale.id, touch.id)
        for sale in planted.sales.values()
        for touch in planted.journey(sale)
        if sale.id != changes.sale_of_deleted_lead
    }
    assert {(row["conversion_id"], row["touch_id"]) for row in in_two_rounds["attribution"]} == expected


def test_a_late_call_earns_its_part(in_two_rounds: dict[str, Any], changes: Changes) -> None:
    journey = [row for row in in_two_rounds["attribution"] if row["conversion_id"] == changes.late_sale]
    (late,) = [row for row in journey if row["touch_id"] == changes.late_call]
    assert len(journey) > 1
    assert late["single_win_credit"] == late["last_touch_credit"] == 1
    written = {each["conversationId"]: each["customAttributes"] for each in in_two_rounds["attributes"]}
    assert written[changes.late_call]["attribution_single_win_number"] == 1


def test_a_corrected_amount_is_shared_out_anew(in_two_rounds: dict[str, Any], changes: Changes) -> None:
    amount = Decimal(str(changes.corrected_amount))
    assert in_two_rounds["conversions"][changes.corrected_sale]["conversion_value_reporting"] == amount
    journey = [row for row in in_two_rounds["attribution"] if row["conversion_id"] == changes.corrected_sale]
    assert sum(row["linear_value"] for row in journey) == amount


def test_a_lead_merged_late_brings_its_touches(in_two_rounds: dict[str, Any], changes: Changes) -> None:
    assert changes.merged_touches
    for id in changes.merged_touches:
        assert in_two_rounds["touches"][id]["lead_id"] == changes.survivor
    journey = {row["touch_id"] for row in in_two_rounds["attribution"] if row["conversion_id"] == changes.survivor_sale}
    assert journey & changes.merged_touches


def test_deleted_opportunities_and_those_of_deleted_leads_are_gone(
    in_two_rounds: dict[str, Any], changes: Changes
) -> None:
    gone = {changes.deleted_sale, changes.sale_of_deleted_lead}
    assert not gone & in_two_rounds["conversions"].keys()
    assert not [row for row in in_two_rounds["attribution"] if row["conversion_id"] in gone]
    # Its touches stay, and stay with it.
    assert [row for row in in_two_rounds["touches"].values() if row["lead_id"] == changes.deleted_lead]


def test_a_deleted_email_is_no_touch_any_more(in_two_rounds: dict[str, Any], changes: Changes) -> None:
    assert changes.deleted_email not in in_two_rounds["touches"]


def test_a_call_that_was_open_is_a_touch_once_it_has_ended(
    first_round: FirstRound, in_two_rounds: dict[str, Any], changes: Changes
) -> None:
    before = first_round.query("select 1 as found from marts.fct_touches where touch_id = ?", changes.ended_call)
    assert before == []
    assert changes.ended_call in in_two_rounds["touches"]
