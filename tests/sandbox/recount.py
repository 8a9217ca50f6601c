"""Counts the findings of an org from its records alone, in plain Python: what the sandbox says of itself is held
against this. It follows the rules that the pipeline follows, and shares no code with either."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import phonenumbers

from sandbox.org import Org

CRM_ZONE = ZoneInfo("America/New_York")
NAMES = ("CampaignID", "TouchSequence", "LeadSource", "LeadID")
WRITTEN_BACK = {
    *("AttributionCredit", "AttributionValue", "AttributionModel", "AttributionSingleWin"),
    *("AttributionCampaignID", "AttributionTouchSequence", "AttributionConversions", "attribution_credit_number"),
}


@dataclass
class Seen:
    """A touch as a reader of the records sees it."""

    id: str
    start: datetime
    end: datetime
    lead_id: str | None
    phone: str | None = None
    campaign: str | None = None
    sequence: str | None = None
    person: str | None = None
    findings: set[str] = field(default_factory=set)


@dataclass
class Sold:
    """A conversion; `day` where it is date-only."""

    id: str
    at: datetime
    day: date | None
    lead_id: str | None
    currency: str | None


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


def e164(text: str | None) -> str | None:
    if not text:
        return None
    parsed = phonenumbers.parse(text.removeprefix("tel:").removeprefix("sip:").split("@")[0], "US")
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


def eighteen(text: str) -> str:
    """A Salesforce id with its checksum: computed for one of 15 characters, checked for one of 18."""
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
    parts = [text[0:5], text[5:10], text[10:15]]
    suffix = "".join(letters[int("".join("1" if c.isupper() else "0" for c in p[::-1]), 2)] for p in parts)
    assert len(text) == 15 or text[15:] == suffix, text
    return text[:15] + suffix


def first_segment(participant: dict[str, Any]) -> str:
    return min(s["segmentStart"] for session in participant["sessions"] for s in session["segments"])


def genesys_touches(org: Org) -> Iterator[Seen]:
    """Every conversation that is a touch, with what can be found out about it alone."""
    for conversation in org.conversations:
        people = sorted(conversation["participants"], key=lambda p: (p["purpose"] != "customer", first_segment(p)))
        sessions = [session for person in people for session in person["sessions"]]
        contact_id = next((s["outboundContactId"] for s in sessions if "outboundContactId" in s), None)
        list_id = next((s["outboundContactListId"] for s in sessions if "outboundContactListId" in s), None)
        contact = org.contacts[list_id][contact_id]["data"] if contact_id else {}
        given = {name: [p.get("attributes", {}).get(name, "") for p in people] for name in NAMES}
        callback = any(session["mediaType"] == "callback" for session in sessions)
        campaigns = [value for value in given["CampaignID"] if value]
        outbound = conversation["originatingDirection"] == "outbound"
        if not (outbound or callback or campaigns) or "conversationEnd" not in conversation:
            continue
        value = {name: next((v for v in given[name] if v), contact.get(name) or None) for name in NAMES}
        theirs = [s for s in people[0]["sessions"] if s["direction"] == "outbound"]
        numbers = [s.get("dnis") or s.get("addressTo") for s in theirs]
        numbers = [n for n in numbers if n] or [s["callbackNumbers"][0] for s in theirs if "callbackNumbers" in s]
        seen = Seen(
            conversation["conversationId"],
            instant(conversation["conversationStart"]),
            instant(conversation["conversationEnd"]),
            eighteen(value["LeadID"]) if value["LeadID"] else None,
            e164(numbers[0]),
            value["CampaignID"],
            value["TouchSequence"],
        )
        if value["LeadID"] and len(value["LeadID"]) == 15:
            seen.findings.add("15 characters")
        if not value["CampaignID"]:
            seen.findings.add("untagged_touch")
        elif not value["TouchSequence"]:
            seen.findings.add("touch_sequence_missing")
        if campaigns and not given["CampaignID"][0]:
            seen.findings.add("campaign_on_other_participant")
        if value["CampaignID"] and not campaigns:
            seen.findings.add("campaign_from_contact")
        if any(len({v for v in values if v}) > 1 for values in given.values()):
            seen.findings.add("participants_disagree")
        yield seen


class Recount:
    """The findings of an org, and how many of each."""

    def __init__(self, org: Org) -> None:
        self.org = org
        tables = org.salesforce
        self.leads = {lead["Id"]: lead for lead in tables["Lead"]}
        self.of_contact = {
            lead["ConvertedContactId"]: lead["Id"] for lead in tables["Lead"] if lead["ConvertedContactId"]
        }
        self.touches = list(genesys_touches(org))
        self.counts: Counter[str] = Counter()
        self.identify()
        self.crm_touches = list(self.from_crm())
        self.count_touches()
        self.sales = list(self.conversions())
        for sale in self.sales:
            self.count_conversion(sale)
        for lead in tables["Lead"]:
            if lead["IsDeleted"]:
                self.counts["merged_lead" if lead["MasterRecordId"] else "deleted_lead"] += 1
        self.counts["write_back_attribute_dropped"] = sum(
            any(WRITTEN_BACK & set(p.get("attributes", {})) for p in conversation["participants"])
            for conversation in org.conversations
        )

    def survivor(self, lead_id: str) -> str:
        while lead_id in self.leads and self.leads[lead_id]["MasterRecordId"]:
            lead_id = self.leads[lead_id]["MasterRecordId"]
        return lead_id

    def lives(self, lead_id: str) -> bool:
        return not self.leads[self.survivor(lead_id)]["IsDeleted"]

    def identify(self) -> None:
        ties: dict[str, set[str]] = defaultdict(set)
        people = [*self.org.salesforce["Lead"], *self.org.salesforce["Contact"]]
        for row in people:
            lead_id = self.of_contact.get(row["Id"], row["Id"])
            if not row["IsDeleted"]:
                for phone in filter(None, map(e164, (row["Phone"], row["MobilePhone"]))):
                    ties[phone].add(lead_id)
        for touch in self.touches:
            if touch.lead_id and touch.phone and self.lives(touch.lead_id):
                ties[touch.phone].add(self.survivor(touch.lead_id))
        for touch in self.touches:
            if touch.lead_id:
                touch.person = self.survivor(touch.lead_id)
                continue
            found = sorted(ties.get(touch.phone or "", set()))
            if len(found) == 1:
                touch.findings.add("lead_found_by_phone")
                touch.person = found[0]
            elif found:
                touch.findings.add("ambiguous_identity")
                created = {lead_id: instant(self.leads[lead_id]["CreatedDate"]) for lead_id in found}
                before = [lead_id for lead_id in found if created[lead_id] <= touch.end]
                touch.person = max(before, key=created.__getitem__) if before else min(found, key=created.__getitem__)
            else:
                touch.person = touch.phone

    def from_crm(self) -> Iterator[Seen]:
        for task in self.org.salesforce["Task"]:
            if task["TaskSubtype"] == "Email" and not task["IsDeleted"]:
                at = instant(task["CompletedDateTime"] or task["CreatedDate"])
                lead_id = self.of_contact.get(task["WhoId"], task["WhoId"])
                yield Seen(task["Id"], at, at, lead_id, person=self.survivor(lead_id))
        for member in self.org.salesforce["CampaignMember"]:
            if member["HasResponded"] and not member["IsDeleted"]:
                day = date.fromisoformat(member["FirstRespondedDate"])
                at = datetime.combine(day, time(), CRM_ZONE).astimezone(UTC)
                lead_id = member["LeadId"] or self.of_contact[member["ContactId"]]
                yield Seen(member["Id"], at, at, lead_id, person=self.survivor(lead_id))

    def count_touches(self) -> None:
        largest: dict[tuple[str | None, str], int] = {}
        for touch in sorted(self.touches, key=lambda t: (t.end, t.id)):
            if touch.campaign and touch.sequence:
                key, number = (touch.person, touch.campaign), int(touch.sequence)
                if number < largest.get(key, number):
                    touch.findings.add("touch_sequence_out_of_order")
                largest[key] = max(largest.get(key, number), number)
        for touch in self.touches:
            self.counts.update(touch.findings)

    def conversions(self) -> Iterator[Sold]:
        tables = self.org.salesforce
        primary = {
            role["OpportunityId"]: self.of_contact.get(role["ContactId"])
            for role in tables["OpportunityContactRole"]
            if role["IsPrimary"] and not role["IsDeleted"]
        }
        of_opportunity = {lead["ConvertedOpportunityId"]: lead["Id"] for lead in tables["Lead"]}
        for row in tables["Opportunity"]:
            if row["IsWon"] and not row["IsDeleted"]:
                lead_id = of_opportunity.get(row["Id"]) or primary.get(row["Id"])
                yield self.sold(row, row["CloseDate"], lead_id, row["CurrencyIsoCode"])
        for lead in tables["Lead"]:
            if lead["IsConverted"] and not lead["ConvertedOpportunityId"] and not lead["IsDeleted"]:
                yield self.sold(lead, lead["ConvertedDate"], lead["Id"], None)

    def sold(self, row: dict[str, Any], day: str, lead_id: str | None, currency: str | None) -> Sold:
        person = self.survivor(lead_id) if lead_id else None
        if row["ConversionDate__c"]:
            return Sold(row["Id"], instant(row["ConversionDate__c"]), None, person, currency)
        on = date.fromisoformat(day)
        at = datetime.combine(on, time(23, 59, 59), CRM_ZONE).astimezone(UTC)
        return Sold(row["Id"], at, on, person, currency)

    def count_conversion(self, sale: Sold) -> None:
        by_person = getattr(self, "_by_person", None)
        if by_person is None:
            by_person = self._by_person = defaultdict(list)
            for touch in [*self.touches, *self.crm_touches]:
                by_person[touch.person].append(touch)
        touches = by_person[sale.lead_id] if sale.lead_id else []
        minute = sale.at.replace(second=0, microsecond=0)
        ends = [touch.end.replace(second=0, microsecond=0) for touch in touches]
        self.counts["conversion_without_touch"] += not any(
            end < minute and minute - end <= timedelta(days=90) for end in ends
        )
        self.counts["touch_in_conversion_period"] += any(
            end == minute and touch.end <= sale.at for end, touch in zip(ends, touches, strict=True)
        )
        self.counts["converted_during_touch"] += any(t.start <= sale.at < t.end for t in touches)
        if sale.day:
            begins = datetime.combine(sale.day, time(), CRM_ZONE).astimezone(UTC)
            ends_at = datetime.combine(sale.day + timedelta(days=1), time(), CRM_ZONE).astimezone(UTC)
            self.counts["date_only_conversion"] += 1
            self.counts["date_only_on_clock_change"] += ends_at - begins != timedelta(days=1)
        known = {rate["IsoCode"] for rate in self.org.salesforce["DatedConversionRate"]}
        self.counts["currency_without_rate"] += sale.currency is not None and sale.currency not in known
