"""Salesforce records as such: ids and audit fields, and the records that no lead is behind."""

from __future__ import annotations

from datetime import timedelta
from random import Random
from typing import Any

from sandbox.content.calendar import salesforce_time
from sandbox.content.campaigns import CAMPAIGNS
from sandbox.content.ids import DAY, MINUTE
from sandbox.content.plan import Plan

Json = dict[str, Any]
OBJECTS = (
    "Lead",
    "LeadHistory",
    "Contact",
    "Opportunity",
    "OpportunityContactRole",
    "OpportunityHistory",
    "Campaign",
    "CampaignMember",
    "Task",
    "DatedConversionRate",
    "RecordType",
)
# Kinds of opportunity, in the order of their ids.
RECORD_TYPES = ("New Business", "Renewal")
CAMPAIGN_TYPES = {"voice": "Telemarketing", "sms": "Mobile", "callback": "Telemarketing"}


class Records:
    """Collects the records of one plan, by object."""

    def __init__(self, plan: Plan, rng: Random) -> None:
        self.plan = plan
        self.rng = rng
        self.records: dict[str, list[Json]] = {name: [] for name in OBJECTS}
        self.latest = plan.calendar.end - 5 * MINUTE
        self.number_of = {id(deal): number for number, deal in enumerate(plan.deals)}
        self.owners = [plan.ids.salesforce("005", number) for number in range(5)]

    def id(self, prefix: str, number: int) -> str:
        return self.plan.ids.salesforce(prefix, number)

    def add(self, name: str, prefix: str, created: int, changed: int, deleted: bool = False, **fields: Any) -> Json:
        """One record; it says when it was made and last changed, never later than the covered days."""
        rows = self.records[name]
        made = salesforce_time(min(created, self.latest))
        stamp = salesforce_time(min(max(created, changed), self.latest))
        record: Json = {"Id": fields.pop("Id", None) or self.id(prefix, len(rows)), **fields, "CreatedDate": made}
        if name not in ("DatedConversionRate", "RecordType"):
            record["IsDeleted"] = deleted
        if name != "LeadHistory":
            record["SystemModstamp"] = stamp
            if name != "OpportunityHistory":
                record["LastModifiedDate"] = stamp
        rows.append(record)
        return record

    def campaigns(self) -> None:
        calendar, scale = self.plan.calendar, self.plan.scale
        for number, spec in enumerate(CAMPAIGNS):
            first, last = (round(part * 249) for part in spec.window)
            cost = round(spec.cost * scale * self.rng.uniform(0.95, 1.05), 2)
            self.add(
                "Campaign",
                "701",
                calendar.local(first) - 20 * DAY,
                calendar.local(last),
                Id=self.id("701", number),
                Name=spec.name,
                Type=CAMPAIGN_TYPES[spec.channel],
                Status="In Progress" if spec.window[1] == 1 else "Completed",
                StartDate=calendar.day(first).isoformat(),
                EndDate=calendar.day(last).isoformat(),
                BudgetedCost=round(spec.cost * scale, -1),
                ActualCost=cost,
                IsActive=spec.window[1] == 1,
                CurrencyIsoCode=spec.currency,
                OwnerId=self.owners[0],
            )

    def record_types(self) -> None:
        """What an opportunity's RecordTypeId leads to."""
        for number, name in enumerate(RECORD_TYPES):
            self.add(
                "RecordType",
                "012",
                self.plan.calendar.start,
                self.plan.calendar.start,
                Id=self.id("012", number),
                Name=name,
                DeveloperName=name.replace(" ", "_"),
                SobjectType="Opportunity",
                IsActive=True,
            )

    def rates(self) -> None:
        """Rates of each month, from before the first day on; in a currency per one US dollar."""
        calendar = self.plan.calendar
        for currency, rate in (("USD", 1.0), ("EUR", 0.92), ("GBP", 0.79)):
            month = (calendar.first - timedelta(days=70)).replace(day=1)
            while month < calendar.day(250):
                following = (month + timedelta(days=32)).replace(day=1)
                last = following >= calendar.day(250)
                if currency != "USD":
                    rate *= self.rng.uniform(0.985, 1.015)
                created = calendar.start + (month - calendar.first).days * DAY
                self.add(
                    "DatedConversionRate",
                    "04w",
                    created,
                    created,
                    IsoCode=currency,
                    ConversionRate=round(rate, 6),
                    StartDate=month.isoformat(),
                    NextStartDate="9999-12-31" if last else following.isoformat(),
                )
                month = following
