"""What can happen to an org after it was loaded: late and corrected data, on a copy of it."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from planted import Planted
from recount import Seen, Sold

from sandbox.org import Org

CHANGED_AT = "2026-06-15T12:00:00.000+0000"
INSTANT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z")


@dataclass(frozen=True)
class Changes:
    """The changed org, and which records were changed."""

    org: Org
    late_call: str
    called_at: datetime
    late_sale: str
    corrected_sale: str
    corrected_amount: float
    merged_lead: str
    survivor: str
    survivor_sale: str
    merged_touches: set[str]
    deleted_sale: str
    orphaned_calls: set[str]
    sale_of_deleted_lead: str
    deleted_lead: str
    deleted_email: str
    ended_call: str


def change(org: Org) -> Changes:
    """Seven things at once, each to records of its own: a call that comes late, a corrected amount, a merged lead, a
    deleted opportunity, a deleted lead, a deleted e-mail, and an open call that has ended."""
    planted, changed = Planted(org), copy.deepcopy(org)
    records = {each["Id"]: each for rows in changed.salesforce.values() for each in rows}
    free = [
        sale
        for sale in sorted(planted.sales.values(), key=lambda sale: sale.id)
        if sale.id.startswith("006") and calls_of(planted, sale) and is_only_sale(planted, sale)
    ]
    sent = {task["Id"] for task in org.salesforce["Task"]}

    corrected = take(free, lambda sale: sale.currency == "USD")
    amount = round(records[corrected.id]["Amount"] * 2 + 13.37, 2)
    stamp(records[corrected.id], Amount=amount)

    with_email = take(free, lambda sale: any(touch.id in sent for touch in planted.journey(sale)))
    email = next(touch.id for touch in planted.journey(with_email) if touch.id in sent)
    stamp(records[email], IsDeleted=True)

    late_sale = take(free)
    call = late_call(planted, late_sale)
    changed.conversations.append(call)
    changed.conversations.sort(key=lambda each: (each["conversationStart"], each["conversationId"]))

    merged, survivor_sale = mergeable(planted, free)
    free.remove(survivor_sale)
    stamp(records[merged], IsDeleted=True, MasterRecordId=survivor_sale.lead_id)

    deleted = take(free)
    stamp(records[deleted.id], IsDeleted=True)
    for role in changed.salesforce["OpportunityContactRole"]:
        if role["OpportunityId"] == deleted.id:
            stamp(role, IsDeleted=True)

    of_deleted_lead = take(free)
    stamp(records[of_deleted_lead.lead_id], IsDeleted=True)

    still_open = next(each for each in changed.conversations if "conversationEnd" not in each)
    end_call(still_open)

    return Changes(
        org=changed,
        late_call=call["conversationId"],
        called_at=datetime.fromisoformat(call["conversationStart"]),
        late_sale=late_sale.id,
        corrected_sale=corrected.id,
        corrected_amount=amount,
        merged_lead=merged,
        survivor=survivor_sale.lead_id,
        survivor_sale=survivor_sale.id,
        merged_touches={touch.id for touch in planted.touches.values() if touch.person == merged},
        deleted_sale=deleted.id,
        orphaned_calls={touch.id for touch in calls_of(planted, deleted)},
        sale_of_deleted_lead=of_deleted_lead.id,
        deleted_lead=of_deleted_lead.lead_id,
        deleted_email=email,
        ended_call=still_open["conversationId"],
    )


def take(free: list[Sold], suits: Callable[[Sold], bool] = lambda sale: True) -> Sold:
    """The first sale that suits, which is free no longer."""
    chosen = next(sale for sale in free if suits(sale))
    free.remove(chosen)
    return chosen


def calls_of(planted: Planted, sale: Sold) -> list[Seen]:
    """The conversations in its journey."""
    return [touch for touch in planted.journey(sale) if touch.id in planted.calls]


def is_only_sale(planted: Planted, sale: Sold) -> bool:
    """Whether its lead bought nothing else, and goes by one record alone."""
    same = [each for each in planted.sales.values() if each.lead_id == sale.lead_id]
    merged = [lead for lead in planted.leads.values() if lead["MasterRecordId"] == sale.lead_id]
    return len(same) == 1 and not merged


def late_call(planted: Planted, sale: Sold) -> dict[str, Any]:
    """The last call of the journey once more, under another id, so that it ends half an hour before the sale."""
    last = calls_of(planted, sale)[-1]
    by = sale.at - timedelta(minutes=30) - last.end
    text = INSTANT.sub(lambda found: moved(found[0], by), json.dumps(planted.conversations[last.id]))
    call = json.loads(text)
    call["conversationId"] = str(uuid5(NAMESPACE_URL, f"late:{last.id}"))
    return call


def moved(instant: str, by: timedelta) -> str:
    """A Genesys instant so much later."""
    later = (datetime.fromisoformat(instant) + by).astimezone(UTC)
    return later.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def mergeable(planted: Planted, free: list[Sold]) -> tuple[str, Sold]:
    """A lead who bought nothing and has calls alone, and a sale of somebody else after one of those calls."""
    crm = {touch.person for touch in planted.recount.crm_touches}
    buyers = {sale.lead_id for sale in planted.sales.values()}
    for lead in sorted(planted.leads):
        calls = [touch for touch in planted.calls.values() if touch.person == lead]
        if lead in buyers | crm or planted.leads[lead]["IsDeleted"] or not calls:
            continue
        if any(each.lead_id != lead for each in calls):
            continue
        for sale in free:
            if any(timedelta(minutes=2) < sale.at - call.end < timedelta(days=80) for call in calls):
                return lead, sale
    raise AssertionError("The org has no lead that could be merged into a buyer.")


def end_call(conversation: dict[str, Any]) -> None:
    """Let an open conversation end five minutes after it began."""
    end = moved(conversation["conversationStart"], timedelta(minutes=5))
    conversation["conversationEnd"] = end
    for participant in conversation["participants"]:
        for session in participant["sessions"]:
            for segment in session["segments"]:
                segment.setdefault("segmentEnd", end)


def stamp(record: dict[str, Any], **fields: Any) -> None:
    """Change a CRM record as the CRM does, with the instant of the change."""
    record.update(fields, SystemModstamp=CHANGED_AT)
    if "LastModifiedDate" in record:
        record["LastModifiedDate"] = CHANGED_AT
