"""What a touch says about itself: participant attributes, and the contact that the dialer had."""

from __future__ import annotations

from typing import Any

from sandbox.content.calendar import genesys_time
from sandbox.content.ids import DAY, Ids
from sandbox.content.people import in_crm
from sandbox.content.plan import Touch

Json = dict[str, Any]
# What an earlier write-back could have left on the customer's participant: titles, or keys of the schema.
WRITTEN_BACK = (
    {"AttributionCredit": "0.412000000", "AttributionModel": "channel_weighted_time_decay"},
    {"AttributionValue": "318.40", "AttributionSingleWin": "1", "AttributionConversions": "1"},
    {"attribution_credit_number": "0.412000000", "AttributionTouchSequence": "2"},
)


def campaign_record(ids: Ids, campaign: int) -> str:
    """The Salesforce Campaign that a dialer campaign belongs to."""
    return ids.salesforce("701", campaign)


def tags(ids: Ids, touch: Touch) -> dict[str, str]:
    """The four attributes as the touch ought to carry them; what the trap withholds is not among them."""
    made = {"CampaignID": campaign_record(ids, touch.campaign)}
    if touch.trap != "touch_sequence_missing":
        made["TouchSequence"] = str(touch.sequence)
    if touch.lead:
        made["LeadSource"] = touch.lead.source
        if touch.trap not in ("phone_instead_of_lead_id", "shared_phone"):
            lead_id = ids.salesforce("00Q", touch.lead.number)
            made["LeadID"] = lead_id[:15] if touch.trap == "lead_id_of_15_characters" else lead_id
    return made


def on_customer(ids: Ids, touch: Touch, number: int) -> dict[str, str]:
    """The attributes on the customer's participant."""
    if touch.trap in ("attributes_lost", "attributes_from_contact"):
        made: dict[str, str] = {}
    elif touch.trap == "attributes_on_other_participant":
        # After a transfer some of them are gone altogether, others kept the lead alone.
        made = {"LeadID": tags(ids, touch)["LeadID"]} if touch.detail % 3 == 2 else {}
    else:
        made = tags(ids, touch)
        if touch.trap == "touch_sequence_missing" and touch.detail % 2:
            made["TouchSequence"] = ""
    if touch.attribution:
        made |= WRITTEN_BACK[touch.detail % len(WRITTEN_BACK)]
    elif number % 97 == 0:
        # Looks like the write-back's, and is not.
        made["AttributionSurvey"] = "sent"
    return made


def on_others(ids: Ids, touch: Touch) -> dict[str, str]:
    """The attributes on one participant other than the customer's, where it has any."""
    if touch.trap == "attributes_on_other_participant":
        return tags(ids, touch)
    if touch.trap == "participants_disagree":
        mine = tags(ids, touch)
        kind = touch.detail % 4
        if kind == 1:
            return {**mine, "TouchSequence": str((touch.sequence or 0) + 7)}
        if kind == 2:
            return {"LeadSource": "Other", "CampaignID": mine["CampaignID"]}
        return {**mine, "CampaignID": campaign_record(ids, (touch.campaign + 1) % 6)}
    if touch.trap is None and touch.shape == "conference":
        return tags(ids, touch)
    return {}


def contact(ids: Ids, touch: Touch, number: int, uploaded_to: Json) -> Json:
    """The contact behind a touch: each step of a cadence is uploaded to the contact list as a contact of its own."""
    contact_list = uploaded_to["id"]
    known = tags(ids, touch)
    identity = ids.contact(number)
    data = {column: known.get(column, "") for column in ("CampaignID", "TouchSequence", "LeadSource", "LeadID")}
    data["Phone"] = in_crm(touch.phone, number)
    data["FirstName"] = touch.lead.first if touch.lead else ""
    data["LastName"] = touch.lead.last if touch.lead else ""
    return {
        "id": identity,
        "contactListId": contact_list,
        "data": {column: data.get(column, "") for column in uploaded_to["columnNames"]},
        "callable": True,
        "dateCreated": genesys_time(touch.start - DAY // 2),
        "selfUri": f"/api/v2/outbound/contactlists/{contact_list}/contacts/{identity}",
    }
