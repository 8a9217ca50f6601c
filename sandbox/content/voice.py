"""Outbound calls as Genesys Cloud records them: the dialer's leg, the flow, the queue, one or more agents."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random

from sandbox.content.calendar import genesys_time
from sandbox.content.campaigns import CAMPAIGNS
from sandbox.content.entities import AGENTS, BAD_CODES, GOOD_CODES
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


@dataclass
class Call:
    """One call while it is written. Instants: ``answered`` the customer says hello, ``over`` the customer is gone,
    ``end`` the last agent is done."""

    writer: Writer
    rng: Random
    touch: Touch
    outbound: Json
    answered: int
    over: int
    end: int | None
    ani: str
    dnis: str
    queue: str
    customer_session: str = ""
    participants: list[Json] = field(default_factory=list)


def agent_for(rng: Random, campaign: int) -> int:
    """Each campaign has ten agents of its own, the better of whom take more calls."""
    return (campaign * 5 + min(rng.randrange(10), rng.randrange(10))) % AGENTS


def wrapup(writer: Writer, rng: Random, good: bool) -> str:
    """A wrap-up code's id, or now and then the literal that the platform sets."""
    if rng.random() < 0.03:
        return "ININ-WRAP-UP-TIMEOUT"
    return writer.entities.wrapup_codes[rng.choice(GOOD_CODES if good else BAD_CODES)]["id"]


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


def flow_leg(call: Call, start: int, flow: int, transferred: bool) -> int:
    """An Architect flow, which hands over to the queue or ends the call. Returns the instant it is done."""
    entities, rng = call.writer.entities, call.rng
    end = min(start + rng.randint(6000, 24000), call.over - 500)
    end = max(end, start + 100)
    definition = entities.flows[flow]
    outcomes = []
    for number in sorted(rng.sample(range(4), rng.choice((1, 1, 2)))):
        outcome = entities.flow_outcomes[number]["id"]
        value = "SUCCESS" if transferred and rng.random() < 0.85 else "FAILURE"
        outcomes.append(
            {
                "flowOutcome": f"{outcome}:{value}",
                "flowOutcomeId": outcome,
                "flowOutcomeValue": value,
                "flowOutcomeStartTimestamp": genesys_time(start + 40 + number),
                "flowOutcomeEndTimestamp": genesys_time(end - 60 + number),
            }
        )
    ran: Json = {
        "flowId": definition["id"],
        "flowName": definition["name"],
        "flowType": definition["type"],
        "flowVersion": "7.0",
        "startingLanguage": "en-us",
        "endingLanguage": "en-us",
        "entryType": "outbound",
        "entryReason": entities.campaign_ids[call.touch.campaign],
        "exitReason": "TRANSFER" if transferred else "DISCONNECT",
        "outcomes": outcomes,
    }
    if transferred:
        ran |= {"transferType": "ACD", "transferTargetAddress": call.queue}
    session = voice_session(
        call.writer,
        call.ani,
        call.dnis,
        "outbound",
        [segment("ivr", start, end, "transfer" if transferred else "client")],
        metrics(("nFlow", 1, start), ("tFlow", end - start, end)),
        peerId=call.customer_session,
        flow=ran,
    )
    call.participants.append(participant(call.writer, "outbound", session, participantName=definition["name"]))
    return end


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


def agents(call: Call, start: int) -> None:
    """One agent to the end; or a second who takes over, is asked, or joins."""
    rng, touch = call.rng, call.touch
    first = agent_for(rng, touch.campaign)
    if touch.shape == "agent":
        held = rng.random() < 0.2
        agent_leg(call, first, start, call.over, call.end, "client" if rng.random() < 0.5 else "peer", held)
        return
    second = (first + 1 + rng.randrange(AGENTS - 1)) % AGENTS
    middle = start + (call.over - start) * rng.randint(35, 65) // 100
    if touch.shape == "transfer":
        agent_leg(call, first, start, middle, middle + 2500, "transfer", rng.random() < 0.5)
        if rng.random() < 0.3 and call.outbound and call.over - middle > 90_000:
            flow = 1 - CAMPAIGNS[touch.campaign].flow
            middle = flow_leg(call, middle + 300, flow, transferred=True)
        agent_leg(call, second, middle + 3000, call.over, call.end, "peer", False)
    elif touch.shape == "consult":
        back = middle + (call.over - middle) // 2
        agent_leg(call, first, start, call.over, call.end, "peer", True, hold=(middle, back))
        agent_leg(call, second, middle, back, back + 1000, "client", False, consulted=True)
    else:
        agent_leg(call, first, start, call.over, call.end, "peer", False, conference_from=middle)
        agent_leg(call, second, middle, call.over, None, "peer", False, consulted=True, conference_from=middle)


def agent_leg(
    call: Call,
    agent: int,
    start: int,
    until: int,
    done: int | None,
    disconnect: str,
    held: bool,
    hold: tuple[int, int] | None = None,
    consulted: bool = False,
    conference_from: int | None = None,
) -> None:
    """An agent: alerted, talking, perhaps holding, wrapping up. A consulted agent does not wrap up."""
    writer, rng, open_ = call.writer, call.rng, call.touch.open
    queue = {} if consulted else {"queueId": call.queue}
    alerted = max(start - 1800, call.answered)
    segments = [segment("alert", alerted, start, **queue)]
    talk, on_hold = until - start, 0
    if held and not hold and until - start > 60_000:
        third = (until - start) // 3
        hold = (start + third, start + third + min(third, rng.randint(9000, 45000)))
    if hold:
        on_hold = hold[1] - hold[0]
        talk -= on_hold
        segments += [
            segment("interact", start, hold[0], **queue),
            segment("hold", hold[0], hold[1], **queue),
            segment("interact", hold[1], None if open_ else until, disconnect, **queue),
        ]
    elif conference_from and conference_from > start:
        segments += [
            segment("interact", start, conference_from, **queue),
            segment("interact", conference_from, until, disconnect, conference=True, **queue),
        ]
    else:
        conference = {"conference": True} if conference_from else {}
        segments.append(segment("interact", start, None if open_ else until, disconnect, **conference, **queue))
    if open_:
        measured = metrics(("tAlert", start - alerted, start))
    else:
        after = max(0, (done or until) - until)
        measured = metrics(("tAlert", start - alerted, start), ("tTalkComplete", talk, until))
        if on_hold:
            measured += metrics(("tHeldComplete", on_hold, until))
        if not consulted:
            good = rng.random() < (0.85 if call.touch.success else 0.2)
            segments.append(
                segment("wrapup", until, done or until, "client", wrapUpCode=wrapup(writer, rng, good), **queue)
            )
            measured += metrics(("tAcw", after, until + after))
        measured += metrics(("tHandle", talk + on_hold + after, until + after))
    session = voice_session(
        writer,
        call.ani,
        call.dnis,
        "outbound",
        segments,
        measured,
        peerId=call.customer_session,
        usedRouting="Manual" if consulted or not call.outbound else "Standard",
        **call.outbound,
    )
    call.participants.append(participant(writer, "agent", session, userId=writer.entities.users[agent]["id"]))
