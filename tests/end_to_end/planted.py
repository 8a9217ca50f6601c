"""What was planted in an org, read off its records in plain Python: which record each finding names, and what each
journey is made of. The count of the findings is that of the sandbox's own tests (`recount`)."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from recount import WRITTEN_BACK, Recount, Seen, Sold
from world import CRM_ZONE

from sandbox.org import Org

ZONE = ZoneInfo(CRM_ZONE)
LOOKBACK = timedelta(days=90)
ATTRIBUTES = ("CampaignID", "TouchSequence", "LeadSource", "LeadID")


def utc(moment: datetime) -> datetime:
    """An instant as the marts write it: UTC, without a zone."""
    return moment.astimezone(UTC).replace(tzinfo=None)


def minute(moment: datetime) -> datetime:
    """The instant cut to the minute, the default granularity."""
    return moment.replace(second=0, microsecond=0)


def local(day: date, clock: time = time()) -> datetime:
    """The instant at which clocks in the CRM's zone show this."""
    return datetime.combine(day, clock, ZONE)


def is_day_of_clock_change(day: date) -> bool:
    """Whether the day in the CRM's zone has not 24 hours."""
    return utc(local(day + timedelta(days=1))) - utc(local(day)) != timedelta(days=1)


class Planted:
    """An org's touches, conversions and findings by id."""

    def __init__(self, org: Org) -> None:
        self.org = org
        self.recount = Recount(org)
        self.leads = self.recount.leads
        self.conversations = {each["conversationId"]: each for each in org.conversations}
        self.calls: dict[str, Seen] = {touch.id: touch for touch in self.recount.touches}
        self.touches: dict[str, Seen] = {**self.calls, **{touch.id: touch for touch in self.recount.crm_touches}}
        self.sales: dict[str, Sold] = {sale.id: sale for sale in self.recount.sales}
        self._by_person: dict[str, list[Seen]] = defaultdict(list)
        for touch in self.touches.values():
            if touch.person:
                self._by_person[touch.person].append(touch)
        self.findings = self._findings()

    def of_person(self, sale: Sold) -> list[Seen]:
        """All touches of the one who converted."""
        return self._by_person.get(sale.lead_id or "", [])

    def journey(self, sale: Sold) -> list[Seen]:
        """The touches that qualify, in their order."""
        converted = minute(sale.at)
        qualifying = [
            touch
            for touch in self.of_person(sale)
            if minute(touch.end) < converted and converted - minute(touch.end) <= LOOKBACK
        ]
        return sorted(qualifying, key=lambda touch: (touch.end, touch.id))

    def in_its_minute(self, sale: Sold) -> list[Seen]:
        """Touches that ended before it, in the same minute."""
        return [t for t in self.of_person(sale) if t.end <= sale.at and minute(t.end) == minute(sale.at)]

    def under_way(self, sale: Sold) -> list[Seen]:
        """Touches during which it was marked."""
        return [touch for touch in self.of_person(sale) if touch.start <= sale.at < touch.end]

    def customer(self, conversation_id: str) -> dict[str, str]:
        """What the customer's participant carries; a customer comes first in every conversation here."""
        people = self.conversations[conversation_id]["participants"]
        return next(each for each in people if each["purpose"] == "customer").get("attributes", {})

    def others(self, conversation_id: str) -> list[dict[str, str]]:
        """What the other participants carry, each that carries anything."""
        people = self.conversations[conversation_id]["participants"]
        return [p["attributes"] for p in people if p["purpose"] != "customer" and p.get("attributes")]

    def contact(self, conversation_id: str) -> dict[str, str]:
        """The columns of the contact that was called, empty where there was none."""
        for participant in self.conversations[conversation_id]["participants"]:
            for session in participant["sessions"]:
                if contact_id := session.get("outboundContactId"):
                    return self.org.contacts[session["outboundContactListId"]][contact_id]["data"]
        return {}

    def says_no_lead(self, conversation_id: str) -> bool:
        """Whether neither a participant nor the contact names a lead."""
        said = [self.customer(conversation_id), *self.others(conversation_id), self.contact(conversation_id)]
        return not any(each.get("LeadID") for each in said)

    def records(self, name: str) -> list[dict[str, Any]]:
        """The CRM's records of an object."""
        return self.org.salesforce[name]

    def _findings(self) -> dict[str, set[str]]:
        found: dict[str, set[str]] = defaultdict(set)
        for touch in self.calls.values():
            for finding in touch.findings:
                found[finding].add(touch.id)
        for sale in self.sales.values():
            known = {rate["IsoCode"] for rate in self.records("DatedConversionRate")}
            for finding, holds in {
                "date_only_conversion": sale.day is not None,
                "date_only_on_clock_change": sale.day is not None and is_day_of_clock_change(sale.day),
                "touch_in_conversion_period": bool(self.in_its_minute(sale)),
                "converted_during_touch": bool(self.under_way(sale)),
                "conversion_without_touch": not self.journey(sale),
                "currency_without_rate": sale.currency is not None and sale.currency not in known,
            }.items():
                if holds:
                    found[finding].add(sale.id)
        for lead in self.leads.values():
            if lead["IsDeleted"]:
                found["merged_lead" if lead["MasterRecordId"] else "deleted_lead"].add(lead["Id"])
        for conversation in self.org.conversations:
            if any(WRITTEN_BACK & set(each.get("attributes", {})) for each in conversation["participants"]):
                found["write_back_attribute_dropped"].add(conversation["conversationId"])
        return dict(found)
