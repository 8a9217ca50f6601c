"""What becomes of the traps that are planted in the CRM and in journeys. Which records carry one is read off the org
itself."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, time
from typing import Any

import pytest
from planted import Planted, is_day_of_clock_change, local, utc
from world import FirstRound

Rows = dict[str, dict[str, Any]]
Journeys = dict[str, list[dict[str, Any]]]


@pytest.fixture(scope="module")
def planted(org) -> Planted:
    return Planted(org)


@pytest.fixture(scope="module")
def touches(first_round: FirstRound) -> Rows:
    return {row["touch_id"]: row for row in first_round.query("select * from marts.fct_touches")}


@pytest.fixture(scope="module")
def conversions(first_round: FirstRound) -> Rows:
    return {row["conversion_id"]: row for row in first_round.query("select * from marts.fct_conversions")}


@pytest.fixture(scope="module")
def journeys(first_round: FirstRound) -> Journeys:
    """Conversion → its rows of fct_attribution in their order."""
    found = defaultdict(list)
    for row in first_round.query("select * from marts.fct_attribution order by conversion_id, position"):
        found[row["conversion_id"]].append(row)
    return dict(found)


def test_every_sale_is_one_conversion_and_nothing_else_is(planted: Planted, conversions: Rows) -> None:
    assert conversions.keys() == planted.sales.keys()
    for id, row in conversions.items():
        sale = planted.sales[id]
        assert row["converted_at"] == utc(sale.at)
        assert row["lead_id"] == sale.lead_id


def test_every_journey_is_made_of_the_touches_before_its_conversion(planted: Planted, journeys: Journeys) -> None:
    expected = {sale.id: [touch.id for touch in planted.journey(sale)] for sale in planted.sales.values()}
    found = {id: [row["touch_id"] for row in journey] for id, journey in journeys.items()}
    assert found == {id: journey for id, journey in expected.items() if journey}


def test_a_date_only_conversion_stands_for_the_last_second_of_its_day(planted: Planted, conversions: Rows) -> None:
    records = {each["Id"]: each for name in ("Opportunity", "Lead") for each in planted.records(name)}
    date_only = {id: row for id, row in conversions.items() if row["is_date_only"]}
    assert date_only.keys() == planted.findings["date_only_conversion"]
    for id, row in date_only.items():
        assert records[id]["ConversionDate__c"] is None
        day = date.fromisoformat(records[id].get("CloseDate") or records[id]["ConvertedDate"])
        assert row["converted_at"] == utc(local(day, time(23, 59, 59)))


def test_a_date_only_conversion_on_a_clock_change_has_the_offset_of_its_last_second(
    planted: Planted, conversions: Rows
) -> None:
    ids = planted.findings["date_only_on_clock_change"]
    assert ids
    for id in ids:
        day = planted.sales[id].day
        assert is_day_of_clock_change(day)
        ends_at, begins_at = local(day, time(23, 59, 59)), local(day)
        assert ends_at.utcoffset() != begins_at.utcoffset()
        assert conversions[id]["converted_at"] == utc(ends_at)
    assert not any(
        is_day_of_clock_change(planted.sales[id].day) for id in planted.findings["date_only_conversion"] - ids
    )


def test_a_touch_in_the_minute_of_its_conversion_earns_nothing(planted: Planted, journeys: Journeys) -> None:
    ids = planted.findings["touch_in_conversion_period"]
    assert ids
    for id in ids:
        in_its_minute = {touch.id for touch in planted.in_its_minute(planted.sales[id])}
        assert in_its_minute and not in_its_minute & {row["touch_id"] for row in journeys.get(id, [])}
    # Where a touch comes before, the credit goes there.
    assert any(id in journeys for id in ids)


def test_a_conversion_without_a_touch_stays_and_earns_nobody_anything(
    first_round: FirstRound, planted: Planted, conversions: Rows, journeys: Journeys
) -> None:
    ids = planted.findings["conversion_without_touch"]
    assert ids and not ids & journeys.keys()
    for id in ids:
        assert conversions[id]["touch_count"] == 0
        assert conversions[id]["last_touch_at"] is None
    rows = first_round.query("select * from reports.rpt_campaign_roi where campaign_id = '(unattributed)'")
    value = sum(conversions[id]["conversion_value_reporting"] or 0 for id in ids)
    assert {(row["credit"], row["attributed_value"]) for row in rows} == {(len(ids), value)}


def test_touches_of_a_merged_lead_count_for_the_survivor(planted: Planted, touches: Rows, journeys: Journeys) -> None:
    merged = planted.findings["merged_lead"]
    of_merged = [touch for touch in planted.touches.values() if touch.lead_id in merged]
    assert of_merged
    for touch in of_merged:
        survivor = planted.recount.survivor(touch.lead_id)
        assert survivor not in merged
        assert touches[touch.id]["lead_id"] == survivor
    # A chain: merged into one that was merged in turn.
    assert any(planted.leads[lead]["MasterRecordId"] in merged for lead in merged)
    # And the survivor's conversion is earned by what the merged one was sent.
    earning = {row["touch_id"] for journey in journeys.values() for row in journey}
    assert earning & {touch.id for touch in of_merged}
    assert not {row["lead_id"] for row in touches.values()} & merged


def test_touches_of_a_deleted_lead_stay_with_it(planted: Planted, touches: Rows, conversions: Rows) -> None:
    deleted = planted.findings["deleted_lead"]
    theirs = [touch for touch in planted.calls.values() if touch.lead_id in deleted]
    assert theirs
    assert all(touches[touch.id]["lead_id"] == touch.lead_id for touch in theirs)
    assert not {row["lead_id"] for row in conversions.values()} & deleted


def test_a_lead_in_two_campaigns_has_one_winner(first_round: FirstRound, planted: Planted, journeys: Journeys) -> None:
    wins = {row["conversion_id"]: row for row in first_round.query("select * from marts.fct_single_win")}
    assert wins.keys() == journeys.keys()
    contested = {id for id, journey in journeys.items() if len({row["campaign_id"] for row in journey}) > 1}
    # Campaigns of calls alone, so that an e-mail outside any campaign does not make a contest.
    between_calls = {
        sale.id
        for sale in planted.sales.values()
        if len({touch.campaign for touch in planted.journey(sale) if touch.id in planted.calls}) > 1
    }
    assert between_calls and between_calls <= contested
    for id, journey in journeys.items():
        winners = [row for row in journey if row["single_win_credit"] == 1]
        assert len(winners) == 1
        assert sum(row["single_win_credit"] for row in journey) == 1
        assert wins[id]["winning_touch_id"] == winners[0]["touch_id"] == journey[-1]["touch_id"]
        assert wins[id]["winning_campaign_id"] == winners[0]["campaign_id"]
        assert wins[id]["competing_campaigns"] == len({row["campaign_id"] for row in journey})
        assert (wins[id]["competing_campaigns"] >= 2) == (id in contested)


def test_an_email_and_then_a_call_are_one_journey(planted: Planted, journeys: Journeys) -> None:
    sent = {task["Id"] for task in planted.records("Task")}
    both = [
        sale.id
        for sale in planted.sales.values()
        if (kinds := [touch.id in sent for touch in planted.journey(sale)]) and kinds[0] and not all(kinds)
    ]
    assert both
    for id in both:
        channels = [row["channel"] for row in journeys[id]]
        assert channels[0] == "email"
        assert {"outbound_call", "sms", "callback"} & set(channels[1:])
        instants = [row["touched_at"] for row in journeys[id]]
        assert instants == sorted(instants)
        assert all(0 < row["linear_credit"] < 1 for row in journeys[id])


def test_touches_that_moved_to_the_contact_belong_to_the_lead(
    planted: Planted, touches: Rows, journeys: Journeys
) -> None:
    lead_of = {lead["ConvertedContactId"]: lead["Id"] for lead in planted.leads.values() if lead["ConvertedContactId"]}
    moved = {
        **{task["Id"]: task["WhoId"] for task in planted.records("Task") if task["WhoId"] in lead_of},
        **{each["Id"]: each["ContactId"] for each in planted.records("CampaignMember") if each["ContactId"]},
    }
    moved = {id: contact for id, contact in moved.items() if id in planted.touches}
    assert {touches[id]["source"] for id in moved} == {"salesforce"}
    assert {touches[id]["channel"] for id in moved} == {"email", "campaign_response"}
    assert {id: touches[id]["lead_id"] for id in moved} == {
        id: planted.recount.survivor(lead_of[contact]) for id, contact in moved.items()
    }
    earning = {row["touch_id"]: row["channel"] for journey in journeys.values() for row in journey}
    assert {earning[id] for id in moved if id in earning} == {"email", "campaign_response"}


def test_a_date_only_response_stands_for_the_start_of_its_day(planted: Planted, touches: Rows) -> None:
    responses = {each["Id"]: each for each in planted.records("CampaignMember")}
    responded = {id for id, each in responses.items() if each["HasResponded"]}
    assert responded
    assert {id for id, row in touches.items() if row["channel"] == "campaign_response"} == responded
    for id in responded:
        starts_at = utc(local(date.fromisoformat(responses[id]["FirstRespondedDate"])))
        assert touches[id]["touched_at"] == touches[id]["started_at"] == starts_at
        assert touches[id]["campaign_id"] == responses[id]["CampaignId"]


def test_a_call_in_which_the_conversion_was_marked_earns_nothing(planted: Planted, journeys: Journeys) -> None:
    ids = planted.findings["converted_during_touch"]
    assert ids
    for id in ids:
        under_way = {touch.id for touch in planted.under_way(planted.sales[id])}
        assert under_way and not under_way & {row["touch_id"] for row in journeys.get(id, [])}


def test_a_value_in_a_currency_without_a_rate_is_unknown_and_its_credit_is_shared(
    first_round: FirstRound, planted: Planted, conversions: Rows, journeys: Journeys
) -> None:
    ids = planted.findings["currency_without_rate"]
    assert ids
    for id in ids:
        assert conversions[id]["conversion_value"] > 0
        assert conversions[id]["conversion_value_reporting"] is None
    credited = ids & journeys.keys()
    assert credited
    for id in credited:
        for model in first_round.models():
            assert sum(row[f"{model}_credit"] for row in journeys[id]) == pytest.approx(1, abs=1e-9)
            assert {row[f"{model}_value"] for row in journeys[id]} == {None}


def test_a_value_with_a_rate_is_turned_by_the_rate_of_its_day(planted: Planted, conversions: Rows) -> None:
    opportunities = {each["Id"]: each for each in planted.records("Opportunity")}
    foreign = [id for id, row in conversions.items() if row["currency"] not in ("USD", "CHF")]
    assert foreign
    for id in foreign:
        row, currency = conversions[id], opportunities[id]["CurrencyIsoCode"]
        day = (planted.sales[id].day or utc(planted.sales[id].at).date()).isoformat()
        (rate,) = [
            each["ConversionRate"]
            for each in planted.records("DatedConversionRate")
            if each["IsoCode"] == currency and each["StartDate"] <= day < (each["NextStartDate"] or "9999-12-31")
        ]
        expected = float(row["conversion_value"]) / rate
        assert float(row["conversion_value_reporting"]) == pytest.approx(expected, abs=0.0051)
