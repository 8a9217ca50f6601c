"""From a conversation as the API has it to its one row."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from common.attribution_attributes import ATTRIBUTION_NAMES
from ingestion.phones import to_e164

CUSTOMER_PURPOSES = ("customer", "external")
# Messages whose address is a phone number; on other services it is an account's id, on e-mail an address.
PHONE_MESSAGE_TYPES = ("sms", "whatsapp")


def row(conversation: dict[str, Any], is_provisional: bool = False) -> dict[str, Any]:
    """The row of raw_genesys.conversations. Attributes that the write-back may have put there are taken out.

    ``is_provisional`` says that it came without attributes, and that the details jobs will bring its final version.
    """
    dropped = drop_attribution_attributes(conversation)
    phone = customer_phone(conversation)
    return {
        "conversation_id": conversation["conversationId"],
        "conversation_start": conversation.get("conversationStart"),
        "conversation_end": conversation.get("conversationEnd"),
        "originating_direction": conversation.get("originatingDirection"),
        "participants": conversation.get("participants") or [],
        "customer_phone": phone,
        "customer_phone_e164": to_e164(phone),
        "dropped_attributes": dropped,
        "is_provisional": is_provisional,
    }


def attributes_by_participant(participants: list[dict[str, Any]]) -> dict[str, dict[str, str]]:
    """The attributes of those who have any, by participant id."""
    return {each["participantId"]: each["attributes"] for each in participants if each.get("attributes")}


def give_attributes(conversation: dict[str, Any], known: dict[str, dict[str, str]]) -> dict[str, Any]:
    """The conversation with the attributes that its participants are known to have had before, in place."""
    for participant in conversation.get("participants") or []:
        if held := known.get(participant.get("participantId")):
            participant["attributes"] = held
    return conversation


def drop_attribution_attributes(conversation: dict[str, Any]) -> int:
    """Take the write-back's own attributes off every participant, in place; returns how many there were."""
    dropped = 0
    for participant in conversation.get("participants") or []:
        attributes = participant.get("attributes") or {}
        for name in ATTRIBUTION_NAMES.intersection(attributes):
            del attributes[name]
            dropped += 1
    return dropped


def customer_phone(conversation: dict[str, Any]) -> str | None:
    """The customer's number as it is written on the customer's first session that has one.

    Outbound it is what was dialled (``dnis``, else ``addressTo``), inbound where it came from (``ani``, else
    ``addressFrom``). A callback that has none of these has the numbers to call back.
    """
    sessions = [session for session in _customer_sessions(conversation) if _has_phone_addresses(session)]
    for session in sessions:
        direction = session.get("direction") or conversation.get("originatingDirection")
        names = ("dnis", "addressTo") if direction == "outbound" else ("ani", "addressFrom")
        for name in names:
            if session.get(name):
                return session[name]
    for session in sessions:
        for number in session.get("callbackNumbers") or []:
            if number:
                return number
    return None


def contacts_needed(conversation: dict[str, Any], attribute_names: Iterable[str]) -> set[tuple[str, str]]:
    """(contact list id, contact id) of each contact that may know an attribute that no participant carries."""
    participants = conversation.get("participants") or []
    carried = {
        name
        for participant in participants
        for name, value in (participant.get("attributes") or {}).items()
        if str(value or "").strip()
    }
    if carried.issuperset(attribute_names):
        return set()
    return {
        (session["outboundContactListId"], session["outboundContactId"])
        for participant in participants
        for session in participant.get("sessions") or []
        if session.get("outboundContactListId") and session.get("outboundContactId")
    }


def _has_phone_addresses(session: dict[str, Any]) -> bool:
    """Whether a session's addresses are phone numbers: digits in an e-mail address would parse as one, too."""
    media_type = (session.get("mediaType") or "").lower()
    if media_type == "message":
        return (session.get("messageType") or "sms").lower() in PHONE_MESSAGE_TYPES
    return media_type != "email"


def _customer_sessions(conversation: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Sessions of the customer's participants, in the API's order; those called external come after."""
    for purpose in CUSTOMER_PURPOSES:
        for participant in conversation.get("participants") or []:
            if participant.get("purpose") == purpose:
                yield from participant.get("sessions") or []
