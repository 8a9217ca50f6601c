"""How often each planted trap has to be found: what a correct pipeline reports over everything that was planned."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from sandbox.content.ids import DAY, MINUTE
from sandbox.content.plan import Lead, Plan

LOOKBACK = 90 * DAY
FINDINGS: dict[str, str | None] = {
    "attributes_on_other_participant": "campaign_on_other_participant",
    "attributes_from_contact": "campaign_from_contact",
    "attributes_lost": "untagged_touch",
    "participants_disagree": "participants_disagree",
    "touch_sequence_missing": "touch_sequence_missing",
    "touch_sequence_out_of_order": "touch_sequence_out_of_order",
    "phone_instead_of_lead_id": "lead_found_by_phone",
    "shared_phone": "ambiguous_identity",
    "date_only_conversion": "date_only_conversion",
    "date_only_conversion_on_clock_change": "date_only_on_clock_change",
    "touch_in_conversion_minute": "touch_in_conversion_period",
    "conversion_without_touch": "conversion_without_touch",
    "merged_lead": "merged_lead",
    "deleted_lead": "deleted_lead",
    "lead_in_two_campaigns": None,
    "email_then_call": None,
    "touches_moved_to_contact": None,
    "lead_id_of_15_characters": None,
    "date_only_campaign_response": None,
    "converted_during_call": "converted_during_touch",
    "conversation_in_two_windows": None,
    "currency_without_rate": "currency_without_rate",
    "attribution_attribute_present": "write_back_attribute_dropped",
}


def truth(plan: Plan) -> dict[str, dict[str, Any]]:
    """``{trap: {"count", "finding"}}``; ``finding`` None where a correct pipeline reports nothing.

    Counts of conversions follow the defaults (minute, 90 days, the end of a touch) with date-only fields read in
    the CRM's zone, America/New_York.
    """
    counts = dict.fromkeys(FINDINGS, 0) | plan.planted | of_conversions(plan)
    # A call without attributes and without a contact is found by its phone too, where a lead has that phone.
    counts["phone_instead_of_lead_id"] += sum(
        touch.trap == "attributes_lost" and touch.lead is not None for touch in plan.touches
    )
    counts["touches_moved_to_contact"] = sum(moved(plan, lead) for lead in plan.leads)
    counts["date_only_campaign_response"] = sum(
        response.day is not None for lead in plan.leads for response in lead.responses
    )
    return {trap: {"count": counts[trap], "finding": finding} for trap, finding in FINDINGS.items()}


def of_conversions(plan: Plan) -> dict[str, int]:
    """The findings that compare a conversion with the touches of its person."""
    calendar = plan.calendar
    touches: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for touch in plan.touches:
        if touch.lead and not touch.open:
            touches[touch.lead.person.number].append((touch.start, touch.end))
    for lead in plan.leads:
        spans = touches[lead.person.number]
        spans += [(email.at, email.at) for email in lead.emails if not email.deleted]
        spans += [(calendar.local(r.day), calendar.local(r.day)) for r in lead.responses if r.day is not None]
    changes = calendar.clock_changes()
    counts = dict.fromkeys(
        (
            "date_only_conversion",
            "date_only_conversion_on_clock_change",
            "touch_in_conversion_minute",
            "conversion_without_touch",
            "converted_during_call",
            "currency_without_rate",
        ),
        0,
    )
    for deal in plan.conversions():
        spans = touches[deal.lead.person.number] if deal.lead else []
        minute = deal.at // MINUTE
        counts["date_only_conversion"] += deal.date_only
        counts["date_only_conversion_on_clock_change"] += deal.date_only and deal.day in changes
        counts["touch_in_conversion_minute"] += any(end <= deal.at and end // MINUTE == minute for _, end in spans)
        counts["converted_during_call"] += any(start <= deal.at < end for start, end in spans)
        counts["conversion_without_touch"] += not any(
            end // MINUTE < minute and minute * MINUTE - end // MINUTE * MINUTE <= LOOKBACK for _, end in spans
        )
        counts["currency_without_rate"] += deal.currency == "CHF" and deal.stage == "won"
    return counts


def moved(plan: Plan, lead: Lead) -> int:
    """How many of the lead's CRM touches were made before its conversion and so moved to the contact."""
    if not lead.conversion:
        return 0
    emails = sum(email.at < lead.conversion.at and not email.deleted for email in lead.emails)
    days = [response.day for response in lead.responses if response.day is not None]
    return emails + sum(plan.calendar.local(day) < lead.conversion.at for day in days)
