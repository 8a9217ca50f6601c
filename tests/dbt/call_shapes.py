"""Conversations of every kind that a contact center has, as the API writes them, and what each has to become.

Times are seconds after the conversation's begin. What is expected names the columns of int_genesys__touches, and
besides them ``agents`` (share by agent), ``outcome`` (of the last flow) and ``findings``.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

Json = dict[str, Any]
BEGIN = datetime(2026, 3, 2, 15, tzinfo=UTC)
DAY = 86_400
C1, C2, C9 = "campaign-1", "campaign-2", "campaign-9"
DIALER = {"outboundCampaignId": "dialer-1", "outboundContactId": "contact-1", "outboundContactListId": "list-1"}
CONTACT_DATA = {"CampaignID": C9, "TouchSequence": "4", "LeadID": "lead-9", "Phone": "(317) 555-0199"}
CODES = {"code-sale": "Sale", "code-voicemail": "Voicemail"}
NO_AGENT = {"(none)": 1.0}


def at(seconds: float) -> str:
    return (BEGIN + timedelta(seconds=seconds)).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def segment(kind: str, start: float, end: float | None, **more: Any) -> Json:
    ended = {} if end is None else {"segmentEnd": at(end)}
    return {"segmentType": kind, "segmentStart": at(start), **ended, **more}


def session(*segments: Json, media: str = "voice", **more: Any) -> Json:
    return {"mediaType": media, "direction": "outbound", "segments": list(segments), **more}


def customer(*sessions: Json, **attributes: str) -> Json:
    return {"purpose": "customer", "attributes": attributes, "sessions": list(sessions)}


def agent(user: str, *sessions: Json, **attributes: str) -> Json:
    return {"purpose": "agent", "userId": user, "attributes": attributes, "sessions": list(sessions)}


def other(purpose: str, *sessions: Json, **attributes: str) -> Json:
    return {"purpose": purpose, "attributes": attributes, "sessions": list(sessions)}


def talk(start: float, end: float | None, code: str | None = None) -> Json:
    """An agent's session: talk, and wrap-up of ten seconds where a code is given."""
    wrapup = [] if code is None else [segment("wrapup", end or start, (end or start) + 10, wrapUpCode=code)]
    return session(segment("interact", start, end), *wrapup)


def called(end: float = 120, **more: Any) -> Json:
    """The customer's leg of a dialled call."""
    return session(segment("interact", 0, end), **{"dnis": "tel:+13175550100", **more})


def flow(value: str, start: float = 1, end: float = 30) -> Json:
    outcome = {
        "flowOutcomeId": "consent",
        "flowOutcomeValue": value,
        "flowOutcomeStartTimestamp": at(start),
        "flowOutcomeEndTimestamp": at(end),
    }
    return session(segment("ivr", start, end), flow={"flowId": "flow-1", "outcomes": [outcome]})


def conversation(name: str, *participants: Json, end: float | None = 300, direction: str = "outbound") -> Json:
    for number, participant in enumerate(participants):
        participant["participantId"] = f"{name}-{number}"
        for position, each in enumerate(participant.get("sessions", [])):
            each["sessionId"] = f"{name}-{number}-{position}"
    ended = {} if end is None else {"conversationEnd": at(end)}
    return {
        "conversationId": name,
        "conversationStart": at(0),
        "originatingDirection": direction,
        "participants": list(participants),
        **ended,
    }


Shape = tuple[Json, Json]
SHAPES: list[Shape] = [
    (
        conversation(
            "blind transfer",
            customer(called()),
            agent("ann", talk(0, 60), CampaignID=C1, TouchSequence="2"),
            agent("bob", talk(60, 80, "code-sale")),
        ),
        {
            **{"campaign_id": C1, "touch_sequence": 2, "agents": {"ann": 0.75, "bob": 0.25}, "agent_id": "ann"},
            **{"disposition_code": "code-sale", "is_connected": True, "handle_seconds": 90},
            "findings": {"campaign_on_other_participant"},
        },
    ),
    (
        conversation(
            "consult transfer",
            customer(called(), CampaignID=C1, TouchSequence="1"),
            # The customer waits on hold while the agent asks a colleague, in a session of its own.
            agent(
                "ann",
                session(segment("interact", 0, 60), segment("hold", 60, 120)),
                session(segment("interact", 62, 118)),
            ),
            agent("bob", session(segment("interact", 62, 122), segment("interact", 122, 182))),
        ),
        {"agents": {"ann": 0.5, "bob": 0.5}, "agent_id": "bob", "handle_seconds": 240, "campaign_id": C1},
    ),
    (
        conversation(
            "conference",
            customer(called(), CampaignID=C1, TouchSequence="1"),
            agent("ann", session(segment("interact", 0, 60), segment("interact", 60, 120, conference=True))),
            agent("bob", session(segment("interact", 60, 120, conference=True))),
            other("external", session(segment("interact", 60, 120, conference=True), dnis="tel:+18005550000")),
        ),
        {"agents": {"ann": 2 / 3, "bob": 1 / 3}, "handle_seconds": 180, "phone": True},
    ),
    (
        conversation(
            "callback scheduled for the day after tomorrow",
            customer(
                session(segment("interact", 0, 40), direction="inbound", ani="tel:+13175550100"),
                session(segment("interact", 50, 2 * DAY + 300), media="callback", callbackScheduledTime=at(2 * DAY)),
            ),
            agent(
                "ann",
                session(segment("interact", 2 * DAY, 2 * DAY + 100), media="callback"),
                talk(2 * DAY + 20, 2 * DAY + 100, "code-sale"),
            ),
            direction="inbound",
            end=2 * DAY + 300,
        ),
        {
            **{"channel": "callback", "started_at": 2 * DAY, "ended_at": 2 * DAY + 300, "is_connected": True},
            **{"handle_seconds": 110, "agents": {"ann": 1.0}, "phone": True, "findings": {"untagged_touch"}},
        },
    ),
    (
        conversation(
            "callback at once",
            customer(
                session(segment("interact", 0, 100), media="callback", callbackNumbers=["+13175550100"]),
                CampaignID=C1,
                TouchSequence="1",
            ),
            agent("ann", session(segment("interact", 10, 100), media="callback")),
            direction="inbound",
        ),
        {"channel": "callback", "started_at": 0, "is_connected": True, "handle_seconds": 90, "phone": True},
    ),
    (
        conversation(
            "callback that nobody made",
            customer(
                session(segment("interact", 0, 100), media="callback", callbackNumbers=["+13175550100"]),
                CampaignID=C1,
                TouchSequence="1",
            ),
            direction="inbound",
        ),
        {"channel": "callback", "is_connected": False, "agents": NO_AGENT, "handle_seconds": 0},
    ),
    (
        conversation(
            "answering machine that got a message",
            customer(
                called(60, dispositionName="disposition.classification.callable.machine", **DIALER),
                CampaignID=C1,
                TouchSequence="1",
            ),
            other("outbound", flow("SUCCESS")),
        ),
        {
            **{"is_connected": False, "disposition_code": "disposition.classification.callable.machine"},
            **{"agents": NO_AGENT, "outcome": "Consent:SUCCESS", "campaign_id": C1},
        },
    ),
    (
        conversation(
            "voicemail that an agent reached",
            customer(
                called(60, dispositionName="disposition.classification.callable.person", **DIALER),
                CampaignID=C1,
                TouchSequence="1",
            ),
            agent("ann", talk(0, 50, "code-voicemail")),
        ),
        {"is_connected": False, "disposition_code": "code-voicemail", "agents": {"ann": 1.0}},
    ),
    (
        conversation(
            "preview that was skipped",
            customer(session(segment("contacting", 0, 5), **DIALER)),
            agent(
                "ann",
                session(
                    segment("contacting", 0, 20),
                    segment("wrapup", 20, 22, wrapUpCode="ININ-OUTBOUND-PREVIEW-SKIPPED"),
                    **DIALER,
                ),
            ),
        ),
        # Nothing was dialled, so the contact has the phone too.
        {
            **{"is_connected": False, "campaign_id": C9, "touch_sequence": 4, "lead_id": "lead-9", "phone": True},
            **{"outbound_campaign_id": "dialer-1", "handle_seconds": 2, "findings": {"campaign_from_contact"}},
        },
    ),
    (
        conversation(
            "progressive call that was answered",
            customer(
                called(60, dispositionName="disposition.classification.callable.person", **DIALER),
                CampaignID=C1,
                TouchSequence="1",
                LeadID="lead-1",
            ),
            agent("ann", talk(2, 50, "code-sale")),
        ),
        # The contact says something else; whoever was in the conversation is believed.
        {"is_connected": True, "campaign_id": C1, "lead_id": "lead-1", "disposition_code": "code-sale"},
    ),
    (
        conversation(
            "call of an agentless campaign whose outcome failed",
            customer(called(60, **DIALER), CampaignID=C1, TouchSequence="1"),
            other("outbound", flow("FAILURE")),
        ),
        {"is_connected": True, "agents": NO_AGENT, "ivr_node_id": "flow-1", "outcome": "Consent:FAILURE"},
    ),
    (
        conversation(
            "SMS campaign",
            customer(
                session(
                    segment("interact", 0, 300),
                    **{"media": "message", "messageType": "sms", "addressTo": "+13175550100"},
                    **{"deliveryStatus": "DeliverySuccess", **DIALER},
                )
            ),
        ),
        {"channel": "sms", "is_connected": True, "campaign_id": C9, "phone": True, "agents": NO_AGENT},
    ),
    (
        conversation(
            "SMS that was not delivered",
            customer(
                session(
                    segment("interact", 0, 300),
                    **{"media": "message", "messageType": "sms", "addressTo": "+13175550100"},
                    deliveryStatus="DeliveryFailed",
                ),
                CampaignID=C1,
                TouchSequence="1",
            ),
        ),
        {"channel": "sms", "is_connected": False},
    ),
    (
        conversation(
            "e-mail campaign",
            customer(
                session(segment("interact", 0, 300), media="email", addressTo="ada@example.com", **DIALER),
            ),
        ),
        {"channel": "email", "is_connected": True, "campaign_id": C9, "phone": False},
    ),
    (
        conversation(
            "thread of nine days",
            customer(
                session(
                    segment("interact", 0, 9 * DAY),
                    **{"media": "message", "messageType": "whatsapp", "addressTo": "13175550100"},
                ),
                CampaignID=C1,
                TouchSequence="1",
            ),
            agent("ann", session(segment("interact", 0, 60), media="message")),
            agent("bob", session(segment("interact", 8 * DAY, 8 * DAY + 180), media="message")),
            end=9 * DAY,
        ),
        {"channel": "message", "ended_at": 9 * DAY, "agents": {"ann": 0.25, "bob": 0.75}, "is_connected": True},
    ),
    (
        conversation(
            "segment without an end",
            customer(called(), CampaignID=C1, TouchSequence="1"),
            agent("ann", session(segment("interact", 200, None))),
            agent("bob", talk(0, 300)),
        ),
        {"agents": {"ann": 0.25, "bob": 0.75}, "handle_seconds": 400},
    ),
    (
        conversation(
            "participants without sessions",
            customer(called()),
            {"purpose": "agent", "userId": "ann", "attributes": {"CampaignID": C1}},
            other("acd", session(segment("interact", 0, 5, queueId="queue-1")), CampaignID=C2, TouchSequence="3"),
        ),
        # Without a segment it comes after all others.
        {
            **{"campaign_id": C2, "touch_sequence": 3, "agents": NO_AGENT, "queue_id": "queue-1"},
            "findings": {"campaign_on_other_participant", "participants_disagree"},
        },
    ),
    (
        conversation(
            "the customer against an earlier participant",
            other("acd", session(segment("interact", 0, 5)), CampaignID=C2, TouchSequence="2"),
            customer(session(segment("interact", 5, 60), dnis="tel:+13175550100"), CampaignID=C1, TouchSequence="1"),
        ),
        {"campaign_id": C1, "touch_sequence": 1, "findings": {"participants_disagree"}},
    ),
    (
        conversation(
            "each attribute by itself",
            customer(called(), LeadID=" lead-1 ", CampaignID=" "),
            agent("bob", talk(70, 80), CampaignID=C2, TouchSequence="5"),
            agent("ann", talk(0, 60), CampaignID=C1),
        ),
        {
            **{"lead_id": "lead-1", "campaign_id": C1, "touch_sequence": 5},
            "findings": {"campaign_on_other_participant", "participants_disagree"},
        },
    ),
    (
        conversation("still under way", customer(called(), CampaignID=C1), end=None),
        {"is_touch": False, "findings": {"open_conversation"}},
    ),
    (
        conversation(
            "inbound with a campaign",
            customer(session(segment("interact", 0, 60), direction="inbound", ani="tel:+13175550100"), CampaignID=C1),
            agent("ann", talk(5, 60)),
            direction="inbound",
        ),
        {"channel": "inbound_call", "is_connected": True, "findings": {"touch_sequence_missing"}, "phone": True},
    ),
]
