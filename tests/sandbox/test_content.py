"""The sandbox's contents: the right size and shape, and each trap as often as the sandbox says."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from itertools import pairwise

import pytest
from recount import Recount, eighteen, instant
from sdk_models import assert_fits, faults

from sandbox.content import build_org
from sandbox.org import Org
from sandbox.salesforce.metadata import OBJECTS

AS_OF = date(2026, 6, 15)
DAYS = (AS_OF, date(2026, 11, 24), date(2026, 3, 1), date(2027, 1, 10))
SMALL = [(seed, 0.02, day) for seed in (1, 2, 3) for day in DAYS]
MEDIUM = [(seed, 0.2, day) for seed, day in zip((1, 2, 3, 1), DAYS, strict=True)]
PREFIXES = {"LeadId": "00Q", "ContactId": "003", "OpportunityId": "006", "CampaignId": "701"}


@lru_cache(maxsize=4)
def org_of(seed: int, scale: float, day: date) -> Org:
    return build_org(seed, scale, day)


@pytest.fixture(scope="module")
def whole() -> Org:
    return org_of(1, 1.0, AS_OF)


@pytest.mark.parametrize(("seed", "scale", "day"), [*SMALL, *MEDIUM, (1, 1.0, AS_OF)])
def test_each_trap_is_found_as_often_as_the_truth_says(seed: int, scale: float, day: date) -> None:
    org = org_of(seed, scale, day)
    counted = Recount(org).counts
    told = {entry["finding"]: entry["count"] for entry in org.truth.values() if entry["finding"]}
    assert {finding: counted[finding] for finding in told} == told
    assert not [trap for trap, entry in org.truth.items() if entry["count"] < 1]


@pytest.mark.parametrize(("seed", "scale", "day"), [(1, 0.02, AS_OF), (2, 0.2, DAYS[1])])
def test_traps_that_are_no_finding_are_there(seed: int, scale: float, day: date) -> None:
    org = org_of(seed, scale, day)
    recount = Recount(org)
    told = {trap: entry["count"] for trap, entry in org.truth.items()}
    assert recount.counts["15 characters"] == told["lead_id_of_15_characters"]
    responses = [each for each in recount.crm_touches if each.id.startswith("00v")]
    assert len(responses) == told["date_only_campaign_response"]

    converted = {
        row["LeadId"]: instant(row["CreatedDate"])
        for row in org.salesforce["LeadHistory"]
        if row["Field"] == "leadConverted"
    }
    moved = [each for each in recount.crm_touches if each.lead_id in converted]
    moved = [each for each in moved if each.end < converted[each.lead_id]]
    assert len(moved) == told["touches_moved_to_contact"]
    on_leads = {row["Id"] for row in org.salesforce["Task"] if row["WhoId"].startswith("00Q")}
    on_leads |= {row["Id"] for row in org.salesforce["CampaignMember"] if row["LeadId"]}
    assert not on_leads & {each.id for each in moved}

    campaigns, channels = defaultdict(set), defaultdict(list)
    for touch in recount.touches:
        campaigns[touch.person].add(touch.campaign)
        channels[touch.person].append((touch.end, "call"))
    for touch in recount.crm_touches:
        if touch.id.startswith("00T"):
            channels[touch.person].append((touch.end, "email"))
    assert sum(len(each - {None}) > 1 for each in campaigns.values()) >= told["lead_in_two_campaigns"]
    buyers = {sale.lead_id for sale in recount.sales}
    mailed_first = [person for person, each in channels.items() if person in buyers and min(each)[1] == "email"]
    assert len(mailed_first) >= told["email_then_call"]


@pytest.mark.parametrize("day", DAYS)
def test_a_conversation_lies_across_any_boundary_between_two_load_windows(day: date) -> None:
    org = org_of(1, 0.02, day)
    spans = [
        (instant(each["conversationStart"]), instant(each["conversationEnd"]))
        for each in org.conversations
        if "conversationEnd" in each
    ]
    first = datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(days=250)
    for number in range(1, 247 * 2):
        boundary = first + timedelta(hours=12 * number + 11)
        assert any(start < boundary < end for start, end in spans), boundary
    across_midnight = sum(start.date() < end.date() for start, end in spans)
    assert across_midnight >= org.truth["conversation_in_two_windows"]["count"] > 20


def test_its_size_at_scale_1(whole: Org) -> None:
    assert len(whole.conversations) == 12_000
    assert len(whole.salesforce["Lead"]) == 3_000
    recount = Recount(whole)
    assert len(recount.sales) == 700
    inbound = [each for each in whole.conversations if each["originatingDirection"] == "inbound"]
    assert len(inbound) == 3_000
    assert len(recount.touches) + len(inbound) + 3 == 12_000
    assert Counter(sale.currency for sale in recount.sales).keys() == {"USD", "EUR", "GBP", "CHF", None}
    assert [len(whole.campaigns), len(whole.messaging_campaigns), len(whole.contact_lists)] == [5, 1, 6]
    assert [len(whole.users), len(whole.queues), len(whole.flows), len(whole.wrapup_codes)] == [30, 5, 4, 12]


def test_entities_do_not_shrink_with_the_scale_and_nothing_is_planted_away(whole: Org) -> None:
    small = org_of(1, 0.02, AS_OF)
    assert [len(small.conversations), len(small.salesforce["Lead"])] == [240, 60]
    assert len(Recount(small).sales) == 14
    for name in ("campaigns", "contact_lists", "users", "queues", "flows", "wrapup_codes", "flow_milestones"):
        assert len(getattr(small, name)) == len(getattr(whole, name))


def test_contents_depend_on_seed_scale_and_day_alone() -> None:
    def text(org: Org) -> str:
        return json.dumps(vars(org), default=str, sort_keys=True)

    first = text(build_org(1, 0.02, AS_OF))
    assert text(build_org(1, 0.02, datetime(2026, 6, 15, 23, 59, tzinfo=UTC))) == first
    late = datetime.fromisoformat("2026-06-14T22:00:00-04:00")
    assert text(build_org(1, 0.02, late)) == first
    for other in (build_org(2, 0.02, AS_OF), build_org(1, 0.02, AS_OF + timedelta(days=1))):
        mine = {each["conversationId"] for each in other.conversations}
        assert not mine & {each["conversationId"] for each in org_of(1, 0.02, AS_OF).conversations}
        assert other.organization["id"] != org_of(1, 0.02, AS_OF).organization["id"]


def test_a_scale_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="scale is 0"):
        build_org(1, 0, AS_OF)


@pytest.mark.parametrize("day", DAYS)
def test_everything_lies_in_the_250_days_before(day: date) -> None:
    org = org_of(2, 0.02, day)
    end = datetime(day.year, day.month, day.day, tzinfo=UTC)
    starts = [instant(each["conversationStart"]) for each in org.conversations]
    ends = [instant(each["conversationEnd"]) for each in org.conversations if "conversationEnd" in each]
    assert starts == sorted(starts)
    assert end - timedelta(days=250) <= starts[0]
    assert max(starts) < end
    assert max(ends) < end
    assert max(starts).date() == (end - timedelta(days=1)).date()
    for rows in org.salesforce.values():
        assert all(instant(row["CreatedDate"]) < end for row in rows)
        assert all(instant(row["SystemModstamp"]) < end for row in rows if "SystemModstamp" in row)
    assert max(sale.at for sale in Recount(org).sales) < end


def test_what_is_still_open_has_no_end_and_began_on_the_last_day(whole: Org) -> None:
    open_ones = [each for each in whole.conversations if "conversationEnd" not in each]
    assert len(open_ones) == 3
    for conversation in open_ones:
        assert conversation["conversationStart"].startswith("2026-06-14")
        segments = [s for p in conversation["participants"] for one in p["sessions"] for s in one["segments"]]
        assert any("segmentEnd" not in segment for segment in segments)


def test_conversations_are_what_the_sdk_models_say() -> None:
    org = org_of(3, 0.2, AS_OF)
    found = [
        fault for each in org.conversations for fault in faults(each, "AnalyticsConversation", each["conversationId"])
    ]
    assert not found, "\n".join(found[:20])
    for each in org.conversations[::100]:
        assert_fits(each, "AnalyticsConversation")


@pytest.mark.parametrize(
    ("name", "model"),
    [
        ("campaigns", "Campaign"),
        ("messaging_campaigns", "MessagingCampaign"),
        ("contact_lists", "ContactList"),
        ("wrapup_codes", "WrapupCode"),
        ("queues", "Queue"),
        ("skills", "RoutingSkill"),
        ("users", "User"),
        ("flows", "Flow"),
        ("flow_outcomes", "FlowOutcome"),
        ("flow_milestones", "FlowMilestone"),
    ],
)
def test_entities_are_what_the_sdk_models_say(name: str, model: str) -> None:
    org = org_of(1, 0.02, AS_OF)
    assert_fits(getattr(org, name), f"list[{model}]")
    ids = [each["id"] for each in getattr(org, name)]
    assert len(set(ids)) == len(ids) > 0


def test_organization_and_contacts_are_what_the_sdk_models_say() -> None:
    org = org_of(1, 0.02, AS_OF)
    assert_fits(org.organization, "Organization")
    for contact_list in org.contact_lists:
        contacts = org.contacts[contact_list["id"]]
        assert contact_list["size"] == len(contacts) > 0
        assert_fits(list(contacts.values()), "list[DialerContact]")
        for identity, contact in contacts.items():
            assert identity == contact["id"]
            assert list(contact["data"]) == contact_list["columnNames"]


def test_conversations_name_only_what_the_org_has(whole: Org) -> None:
    queues, users, flows = ({e["id"] for e in each} for each in (whole.queues, whole.users, whole.flows))
    codes = {each["id"] for each in whole.wrapup_codes}
    campaigns = {each["id"] for each in whole.campaigns + whole.messaging_campaigns}
    outcomes = {each["id"] for each in whole.flow_outcomes}
    literals: Counter[str] = Counter()
    for conversation in whole.conversations:
        for participant in conversation["participants"]:
            assert participant.get("userId", whole.users[0]["id"]) in users
            for session in participant["sessions"]:
                if "outboundCampaignId" in session:
                    assert session["outboundCampaignId"] in campaigns
                    assert session["outboundContactId"] in whole.contacts[session["outboundContactListId"]]
                if "flow" in session:
                    assert session["flow"]["flowId"] in flows
                    assert {each["flowOutcomeId"] for each in session["flow"]["outcomes"]} <= outcomes
                for segment in session["segments"]:
                    assert segment.get("queueId", whole.queues[0]["id"]) in queues
                    code = segment.get("wrapUpCode")
                    if code and code not in codes:
                        literals[code] += 1
    assert literals.keys() == {"ININ-OUTBOUND-PREVIEW-SKIPPED", "ININ-OUTBOUND-NO-ANSWER", "ININ-WRAP-UP-TIMEOUT"}


def test_segments_lie_within_their_conversation_and_run_forward(whole: Org) -> None:
    for conversation in whole.conversations:
        start, end = conversation["conversationStart"], conversation.get("conversationEnd", "9999")
        last = ""
        for participant in conversation["participants"]:
            for session in participant["sessions"]:
                for segment in session["segments"]:
                    assert start <= segment["segmentStart"] <= segment.get("segmentEnd", end) <= end, conversation
                    last = max(last, segment.get("segmentEnd", end))
        assert last == end or "conversationEnd" not in conversation, conversation


def test_every_shape_of_a_call_is_there(whole: Org) -> None:
    seen: Counter[str] = Counter()
    for conversation in whole.conversations:
        purposes = Counter(each["purpose"] for each in conversation["participants"])
        segments = [s for p in conversation["participants"] for one in p["sessions"] for s in one["segments"]]
        kinds = {segment["segmentType"] for segment in segments}
        seen.update(kinds)
        seen["several agents"] += purposes["agent"] > 1
        seen["conference"] += any(segment["conference"] for segment in segments)
        flows = {s["flow"]["flowId"] for p in conversation["participants"] for s in p["sessions"] if "flow" in s}
        seen["two flows"] += len(flows) > 1
        seen["abandoned"] += bool(purposes["acd"] and not purposes["agent"])
        for participant in conversation["participants"]:
            for session in participant["sessions"]:
                seen[session["mediaType"]] += 1
                seen[session.get("dispositionName", "").rpartition(".")[2]] += 1
    wanted = {"alert", "dialing", "hold", "interact", "ivr", "wrapup", "several agents", "conference", "abandoned"}
    wanted |= {"two flows", "voice", "message", "callback", "email", "person", "machine", "noanswer", "busy"}
    assert not [shape for shape in wanted if seen[shape] < 10]


def test_inbound_conversations_carry_no_campaign(whole: Org) -> None:
    for conversation in whole.conversations:
        if conversation["originatingDirection"] == "inbound":
            text = json.dumps(conversation)
            assert "outboundCampaignId" not in text
            assert "CampaignID" not in text
            assert '"callback"' not in text


def test_salesforce_records_have_known_fields_and_sound_ids(whole: Org) -> None:
    assert whole.salesforce.keys() == OBJECTS.keys()
    for name, rows in whole.salesforce.items():
        fields = {field.name for field in OBJECTS[name].fields.values()}
        assert rows
        assert not {key for row in rows for key in row} - fields
        ids = [row["Id"] for row in rows]
        assert len(set(ids)) == len(ids)
        for row in rows:
            assert row["Id"].startswith(OBJECTS[name].key_prefix)
            for key, value in row.items():
                if value and (key.endswith("Id") and key != "Id"):
                    assert len(eighteen(value)) == len(value)
                    assert value.startswith(PREFIXES.get(key, value[:3]))


def test_salesforce_references_lead_somewhere(whole: Org) -> None:
    tables = whole.salesforce
    known = {row["Id"] for rows in tables.values() for row in rows}
    for name, key in (
        ("Lead", "MasterRecordId"),
        ("Lead", "ConvertedContactId"),
        ("Lead", "ConvertedOpportunityId"),
        ("LeadHistory", "LeadId"),
        ("OpportunityContactRole", "ContactId"),
        ("OpportunityContactRole", "OpportunityId"),
        ("OpportunityHistory", "OpportunityId"),
        ("Opportunity", "CampaignId"),
        ("CampaignMember", "CampaignId"),
        ("CampaignMember", "LeadId"),
        ("CampaignMember", "ContactId"),
        ("Task", "WhoId"),
        ("Task", "WhatId"),
    ):
        values = [row[key] for row in tables[name] if row[key]]
        assert values, (name, key)
        assert set(values) <= known, (name, key)
    chained = [row for row in tables["Lead"] if row["MasterRecordId"]]
    deleted = {row["Id"] for row in tables["Lead"] if row["IsDeleted"]}
    assert any(row["MasterRecordId"] in deleted for row in chained), "no lead was merged twice"


def test_opportunities_that_are_no_conversion_are_there_too(whole: Org) -> None:
    opportunities = whole.salesforce["Opportunity"]
    assert sum(not row["IsClosed"] for row in opportunities) > 10
    assert sum(row["IsClosed"] and not row["IsWon"] for row in opportunities) > 10
    assert sum(row["IsWon"] and row["IsDeleted"] for row in opportunities) > 2
    assert any(row["IsDeleted"] for row in whole.salesforce["Task"])
    assert any(row["TaskSubtype"] == "Call" for row in whole.salesforce["Task"])


def test_rates_cover_every_day_without_a_gap(whole: Org) -> None:
    rates = defaultdict(list)
    for row in whole.salesforce["DatedConversionRate"]:
        rates[row["IsoCode"]].append((row["StartDate"], row["NextStartDate"], row["ConversionRate"]))
    assert rates.keys() == {"USD", "EUR", "GBP"}
    for rows in rates.values():
        rows.sort()
        assert rows[0][0] < (AS_OF - timedelta(days=250)).isoformat()
        assert all(one[1] == following[0] for one, following in pairwise(rows))
        assert rows[-1][1] == "9999-12-31"
    assert all(rate == 1 for _, _, rate in rates["USD"])


def test_the_third_touch_sells_in_the_renewal_campaign(whole: Org) -> None:
    recount = Recount(whole)
    renewals = next(row["Id"] for row in whole.salesforce["Campaign"] if row["Name"] == "Policy Renewal Calls")
    of_person = defaultdict(list)
    for touch in recount.touches:
        of_person[touch.person].append(touch)
    last: Counter[str | None] = Counter()
    for sale in recount.sales:
        before = [touch for touch in of_person[sale.lead_id] if touch.end < sale.at]
        if before:
            nearest = max(before, key=lambda touch: touch.end)
            if nearest.campaign == renewals:
                last[nearest.sequence] += 1
    assert last["3"] > max(last["1"], last["2"], last["4"])


def test_national_and_international_writing_of_the_numbers_called(whole: Org) -> None:
    written = {
        session["dnis"][:6]
        for conversation in whole.conversations
        if conversation["originatingDirection"] == "outbound"
        for participant in conversation["participants"]
        if participant["purpose"] == "customer"
        for session in participant["sessions"]
        if "dnis" in session
    }
    assert {"tel:+1", "sip:+1", "tel:+4"} <= written
    assert any(each.startswith("tel:") and each[4].isdigit() for each in written)
