"""What becomes of the traps that are planted in conversations. Which records carry one is read off the org itself."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from planted import Planted, utc
from recount import e164
from world import WRITTEN_NAMES, FirstRound

Touches = dict[str, dict[str, Any]]


@pytest.fixture(scope="module")
def planted(org) -> Planted:
    return Planted(org)


@pytest.fixture(scope="module")
def touches(first_round: FirstRound) -> Touches:
    return {row["touch_id"]: row for row in first_round.query("select * from marts.fct_touches")}


@pytest.fixture(scope="module")
def pairs(first_round: FirstRound) -> set[tuple[str, str]]:
    rows = first_round.query("select conversion_id, touch_id from marts.fct_attribution")
    return {(row["conversion_id"], row["touch_id"]) for row in rows}


def said(touch: dict[str, Any]) -> tuple[str | None, str | None, str | None]:
    """What a touch says of campaign, sequence and lead source, as attributes are written."""
    sequence = touch["touch_sequence"]
    return touch["campaign_id"], None if sequence is None else str(sequence), touch["lead_source"]


def written(attributes: dict[str, str]) -> tuple[str | None, str | None, str | None]:
    return tuple(attributes.get(name) or None for name in ("CampaignID", "TouchSequence", "LeadSource"))


def test_every_outbound_conversation_that_has_ended_is_one_touch(planted: Planted, touches: Touches) -> None:
    rows = {id: row for id, row in touches.items() if row["source"] == "genesys"}
    assert rows.keys() == planted.calls.keys()
    for id, row in rows.items():
        touch = planted.calls[id]
        assert (row["started_at"], row["touched_at"]) == (utc(touch.start), utc(touch.end))


def test_every_touch_belongs_to_the_lead_that_its_records_lead_to(planted: Planted, touches: Touches) -> None:
    known = {id: touch.person for id, touch in planted.touches.items() if touch.person in planted.leads}
    assert {id: row["lead_id"] for id, row in touches.items() if row["lead_id"]} == known


def test_attributes_lost_on_the_customer_come_from_the_other_participant(planted: Planted, touches: Touches) -> None:
    ids = planted.findings["campaign_on_other_participant"]
    for id in ids:
        assert "CampaignID" not in planted.customer(id)
        (other,) = planted.others(id)
        assert said(touches[id]) == written(other)
        assert touches[id]["lead_id"] == planted.recount.survivor(other["LeadID"])
    # Some customers kept the lead alone: the rest is found all the same, attribute by attribute.
    assert any("LeadID" in planted.customer(id) for id in ids)


def test_attributes_on_no_participant_come_from_the_contact(planted: Planted, touches: Touches) -> None:
    ids = planted.findings["campaign_from_contact"]
    assert ids
    for id in ids:
        assert not planted.customer(id).get("CampaignID") and not planted.others(id)
        contact = planted.contact(id)
        assert said(touches[id]) == written(contact)
        assert touches[id]["lead_id"] == planted.recount.survivor(contact["LeadID"])


def test_attributes_lost_for_good_leave_an_untagged_touch(planted: Planted, touches: Touches) -> None:
    ids = planted.findings["untagged_touch"]
    assert ids
    for id in ids:
        assert not planted.contact(id)
        assert said(touches[id]) == ("(untagged)", None, None)
    # What is left of them is the number: some lead to a lead, the others to nobody but themselves.
    assert {touches[id]["identity_match"] for id in ids} == {"phone"}
    assert {touches[id]["lead_id"] is None for id in ids} == {True, False}


def test_where_participants_disagree_the_customer_is_believed(planted: Planted, touches: Touches) -> None:
    ids = planted.findings["participants_disagree"]
    assert ids
    for id in ids:
        assert all(written(other) != written(planted.customer(id)) for other in planted.others(id))
        assert said(touches[id]) == written(planted.customer(id))


def test_a_missing_touch_sequence_stays_empty_and_costs_no_campaign(planted: Planted, touches: Touches) -> None:
    ids = planted.findings["touch_sequence_missing"]
    for id in ids:
        assert touches[id]["touch_sequence"] is None
        assert touches[id]["campaign_id"] == planted.customer(id)["CampaignID"]
    # Planted as no attribute and as an empty one.
    assert {"TouchSequence" in planted.customer(id) for id in ids} == {True, False}


def test_a_touch_sequence_out_of_order_stays_as_it_is_written(planted: Planted, touches: Touches) -> None:
    ids = planted.findings["touch_sequence_out_of_order"]
    assert ids
    for id in ids:
        assert touches[id]["touch_sequence"] == int(planted.customer(id)["TouchSequence"])
        assert any(
            earlier.campaign == touches[id]["campaign_id"]
            and earlier.end < planted.calls[id].end
            and touches[earlier.id]["touch_sequence"] > touches[id]["touch_sequence"]
            for earlier in planted.calls.values()
            if earlier.person == planted.calls[id].person and touches[earlier.id]["touch_sequence"]
        )


def test_a_phone_in_place_of_a_lead_id_leads_to_the_lead(planted: Planted, touches: Touches) -> None:
    ids = planted.findings["lead_found_by_phone"]
    national = set()
    for id in ids:
        assert planted.says_no_lead(id)
        assert touches[id]["identity_match"] == "phone"
        assert touches[id]["lead_id"] == planted.calls[id].person
        national.add(_dialled(planted, id).removeprefix("tel:").startswith("+"))
    assert national == {True, False}, "planted in national and in international writing"


def test_the_phone_of_a_deleted_lead_leads_to_the_living_one(planted: Planted, touches: Touches) -> None:
    deleted = {
        lead["Phone"]: lead["Id"] for lead in planted.leads.values() if lead["IsDeleted"] and not lead["MasterRecordId"]
    }
    numbers = {planted.calls[id].phone for id in planted.findings["lead_found_by_phone"]}
    shared = [id for id in deleted.values() if {t.phone for t in planted.calls.values() if t.lead_id == id} & numbers]
    assert shared
    assert not {touches[id]["lead_id"] for id in planted.findings["lead_found_by_phone"]} & set(deleted.values())


def test_a_phone_of_two_leads_goes_to_the_one_created_last_before_the_call(planted: Planted, touches: Touches) -> None:
    ids = planted.findings["ambiguous_identity"]
    goes_to = Counter()
    for id in ids:
        call = planted.calls[id]
        owners = [
            lead["Id"]
            for lead in planted.leads.values()
            if not lead["IsDeleted"] and call.phone in (e164(lead["Phone"]), e164(lead["MobilePhone"]))
        ]
        older, younger = sorted(owners, key=lambda lead: planted.leads[lead]["CreatedDate"])
        expected = younger if planted.leads[younger]["CreatedDate"] <= _as_salesforce(touches[id]) else older
        assert touches[id]["lead_id"] == expected
        assert touches[id]["identity_match"] == "ambiguous"
        goes_to[expected == younger] += 1
    assert goes_to[True] and goes_to[False]


def test_a_lead_id_of_15_characters_is_the_lead_of_18(
    planted: Planted, touches: Touches, pairs: set[tuple[str, str]]
) -> None:
    ids = [touch.id for touch in planted.calls.values() if "15 characters" in touch.findings]
    assert ids
    for id in ids:
        written_id = planted.customer(id).get("LeadID") or planted.contact(id)["LeadID"]
        assert len(written_id) == 15
        (lead,) = [lead for lead in planted.leads if lead.startswith(written_id)]
        assert touches[id]["lead_id"] == planted.recount.survivor(lead)
        assert touches[id]["identity_match"] == "lead_id"
        same_person = {t["person_key"] for t in touches.values() if t["lead_id"] == touches[id]["lead_id"]}
        assert same_person == {touches[id]["person_key"]}
    meets = {(sale.id, t.id) for sale in planted.sales.values() for t in planted.journey(sale) if t.id in ids}
    assert {pair for pair in pairs if pair[1] in ids} == meets


def test_a_conversation_of_two_windows_is_one_row(first_round: FirstRound, planted: Planted) -> None:
    returned = Counter(id for window in first_round.windows for id in window)
    twice = [id for id, times in returned.items() if times > 1]
    assert twice, "the load's windows returned none twice"
    rows = first_round.query("select conversation_id from raw_genesys.conversations")
    assert sorted(row["conversation_id"] for row in rows) == sorted(planted.conversations)
    in_marts = Counter(row["touch_id"] for row in first_round.query("select touch_id from marts.fct_touches"))
    assert all(in_marts[id] == (id in planted.calls) for id in twice)


def test_no_attribute_of_the_write_back_is_loaded(first_round: FirstRound, planted: Planted) -> None:
    rows = first_round.query("select conversation_id, participants, dropped_attributes from raw_genesys.conversations")
    names = {*WRITTEN_NAMES, *WRITTEN_NAMES.values()}
    for row in rows:
        given = [each.get("attributes", {}) for each in planted.conversations[row["conversation_id"]]["participants"]]
        assert row["dropped_attributes"] == sum(len(names & set(attributes)) for attributes in given)
        assert not [name for name in names if f'"{name}"' in row["participants"]]
    # What only looks like them stays.
    assert any('"AttributionSurvey"' in row["participants"] for row in rows)


def _dialled(planted: Planted, id: str) -> str:
    """The customer's number as the conversation writes it."""
    customer = next(p for p in planted.conversations[id]["participants"] if p["purpose"] == "customer")
    sessions = customer["sessions"]
    numbers = [s.get("dnis") or s.get("addressTo") for s in sessions] + [
        number for s in sessions for number in s.get("callbackNumbers", [])
    ]
    return next(filter(None, numbers))


def _as_salesforce(touch: dict[str, Any]) -> str:
    """When the touch ended, as the CRM writes instants."""
    return touch["touched_at"].isoformat(timespec="milliseconds") + "+0000"
