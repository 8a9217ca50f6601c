"""Outbound calls as Genesys Cloud records them: the dialer's leg, the flow, the queue, one or more agents."""

from __future__ import annotations

from random import Random

from sandbox.content.agents import agents
from sandbox.content.calendar import genesys_time
from sandbox.content.calls import Call, flow_leg
from sandbox.content.campaigns import CAMPAIGNS
from sandbox.content.plan import Touch
from sandbox.content.shapes import (
    Json,
    Writer,
    conversation,
    dialled,
    metrics,
    participant,
    segment,
    voice_session,
)

DISPOSITION = "disposition.classification.callable."
ANSWERED = ("agent", "transfer", "consult", "conference", "abandoned")
UNANSWERED = {"no_answer": ("noanswer", [480]), "busy": ("busy", [486]), "machine": ("machine", [200])}


def dialer(writer: Writer, touch: Touch, contact_id: str | None) -> Json:
    """What ties a session to its campaign and contact; nothing for a call that an agent dialled by hand."""
    if contact_id is None:
        return {}
    return {
        "outboundCampaignId": writer.entities.campaign_ids[touch.campaign],
        "outboundContactId": contact_id,
        "outboundContactListId": writer.entities.contact_lists[touch.campaign]["id"],
    }


def write_call(
    writer: Writer,
    rng: Random,
    touch: Touch,
    contact_id: str | None,
    on_customer: dict[str, str],
    on_others: dict[str, str],
) -> Json:
    """The conversation of an outbound call."""
    spec = CAMPAIGNS[touch.campaign]
    length = touch.end - touch.start
    talks = touch.shape in ("agent", "transfer", "consult", "conference")
    ringing = min(rng.randint(5000, 16000), length // 3)
    after_call = min(rng.randint(3000, 9000), length // 10) if talks else 0
    sip = rng.random() < 0.03 and not touch.national
    number = dialled(touch)
    call = Call(
        writer,
        rng,
        touch,
        dialer(writer, touch, contact_id),
        touch.start + ringing,
        touch.end - after_call,
        None if touch.open else touch.end,
        f"tel:{writer.entities.phone}",
        f"sip:{number}@trunk.example.com" if sip else f"tel:{number}",
        writer.entities.queues[spec.queue]["id"],
    )
    customer_leg(call, on_customer)
    if touch.shape in ANSWERED and contact_id is not None:
        at = flow_leg(call, call.answered + 200, spec.flow, transferred=True)
        at = queue_leg(call, at)
    else:
        at = call.answered
        if touch.shape == "machine" and length > 40_000:
            flow_leg(call, call.answered + 200, spec.flow, transferred=False)
    if talks:
        agents(call, at)
    others = call.participants[1:]
    if on_others and others:
        others[rng.randrange(len(others))]["attributes"] = on_others
    if touch.trap == "attributes_on_other_participant" and touch.detail % 2:
        call.participants.reverse()
    by_hand = contact_id is None
    return conversation(
        writer,
        touch.start,
        call.end,
        "outbound",
        "agent" if by_hand else "dialer",
        call.participants,
        **({"mediaStatsMinConversationMos": round(4.1 + rng.random() * 0.8, 3)} if talks else {}),
    )


def customer_leg(call: Call, attributes: dict[str, str]) -> None:
    """The customer: dialling, then talking where anybody or anything answered."""
    touch = call.touch
    over = None if touch.open else call.over
    more: Json = {**call.outbound, "recording": touch.shape in ANSWERED, "remoteNameDisplayable": "Customer"}
    if touch.shape in UNANSWERED:
        name, sip = UNANSWERED[touch.shape]
        analyzer = "speech.machine" if name == "machine" else "callprogress"
    else:
        name, sip, analyzer = "person", [200], "speech.person"
    if call.outbound:
        more |= {"dispositionAnalyzer": analyzer, "dispositionName": DISPOSITION + name}
    if touch.shape in ("no_answer", "busy"):
        segments = [segment("dialing", touch.start, call.over, "uncallable", sipResponseCodes=sip)]
        measured = metrics(("nOutbound", 1, touch.start), ("tDialing", call.over - touch.start, call.over))
    else:
        if call.outbound:
            more["detectedSpeechStart"] = genesys_time(call.answered + 350)
        ended = "system" if touch.shape == "machine" else "endpoint" if call.rng.random() < 0.6 else "peer"
        segments = [
            segment("dialing", touch.start, call.answered),
            segment("interact", call.answered, over, ended, q850ResponseCodes=[16]),
        ]
        measured = metrics(("nOutbound", 1, touch.start), ("tDialing", call.answered - touch.start, call.answered))
        if over is not None:
            measured += metrics(("tConnected", over - call.answered, over))
    session = voice_session(call.writer, call.ani, call.dnis, "outbound", segments, measured, **more)
    call.customer_session = session["sessionId"]
    made = participant(call.writer, "customer", session, participantName="Customer")
    if attributes:
        made["attributes"] = attributes
    call.participants.append(made)


def queue_leg(call: Call, start: int) -> int:
    """Waiting in the queue: until an agent has answered, or the customer has gone."""
    entities = call.writer.entities
    queue = entities.queues[CAMPAIGNS[call.touch.campaign].queue]
    abandoned = call.touch.shape == "abandoned"
    end = call.over if abandoned else min(start + call.rng.randint(1500, 9000), call.over - 1000)
    skills = [entities.skills[CAMPAIGNS[call.touch.campaign].queue]["id"]]
    measured = [("nOffered", 1, start), ("tAbandon" if abandoned else "tAcd", end - start, end)]
    session = voice_session(
        call.writer,
        call.ani,
        call.dnis,
        "outbound",
        [
            segment(
                "interact",
                start,
                end,
                "peer" if abandoned else "transfer",
                queueId=call.queue,
                requestedRoutingSkillIds=skills,
            )
        ],
        metrics(*measured),
        peerId=call.customer_session,
        flowInType="outbound",
    )
    call.participants.append(participant(call.writer, "acd", session, participantName=queue["name"]))
    return end
