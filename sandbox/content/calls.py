"""One call while it is written: the parts that several kinds of calls share, an Architect flow among them."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random

from sandbox.content.calendar import genesys_time
from sandbox.content.entities import AGENTS, BAD_CODES, GOOD_CODES
from sandbox.content.plan import Touch
from sandbox.content.shapes import Json, Writer, metrics, participant, segment, voice_session


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
