"""What customers begin: calls, a few text messages and e-mails. None is a touch: no campaign, nothing outbound."""

from __future__ import annotations

from random import Random

from sandbox.content.calendar import DAYS, Calendar, genesys_time
from sandbox.content.entities import AGENTS, MAIN_MENU, QUEUES, SERVICE_CODE
from sandbox.content.shapes import (
    Json,
    Writer,
    conversation,
    metrics,
    participant,
    segment,
    voice_session,
)


def write_inbound(writer: Writer, rng: Random, calendar: Calendar, phone: str, email: str) -> Json:
    """One conversation that the customer behind ``phone`` and ``email`` began."""
    start = calendar.local(rng.randrange(DAYS), rng.uniform(8, 18))
    drawn = rng.random()
    if drawn < 0.86:
        return write_inbound_call(writer, rng, start, phone)
    return write_inbound_message(writer, rng, start, phone if drawn < 0.95 else None, email)


def write_inbound_call(writer: Writer, rng: Random, start: int, phone: str) -> Json:
    """A call to the main menu: over there, or on to a queue and an agent."""
    entities = writer.entities
    ani, dnis = f"tel:{phone}", f"tel:{entities.phone}"
    chosen = start + rng.randint(12_000, 50_000)
    served = rng.random() < 0.8
    queue = entities.queues[rng.randrange(len(QUEUES))]
    answered = chosen + rng.randint(3000, 60_000)
    over = answered + rng.randint(60_000, 700_000) if served else chosen
    end = over + rng.randint(3000, 20_000) if served else over
    customer = voice_session(
        writer,
        ani,
        dnis,
        "inbound",
        [segment("system", start, start + 150), segment("interact", start + 150, over, "peer")],
        metrics(("nConnected", 1, start + 150), ("tConnected", over - start - 150, over)),
    )
    flow = entities.flows[MAIN_MENU]
    outcome = entities.flow_outcomes[3 if served else 4]["id"]
    ran = {
        "flowId": flow["id"],
        "flowName": flow["name"],
        "flowType": flow["type"],
        "flowVersion": "12.0",
        "entryType": "dnis",
        "entryReason": dnis,
        "exitReason": "TRANSFER" if served else "DISCONNECT",
        "startingLanguage": "en-us",
        "endingLanguage": "en-us",
        "outcomes": [
            {
                "flowOutcome": f"{outcome}:SUCCESS",
                "flowOutcomeId": outcome,
                "flowOutcomeValue": "SUCCESS",
                "flowOutcomeStartTimestamp": genesys_time(start + 400),
                "flowOutcomeEndTimestamp": genesys_time(chosen),
            }
        ],
    }
    menu = voice_session(
        writer,
        ani,
        dnis,
        "inbound",
        [segment("ivr", start + 200, chosen, "transfer" if served else "peer")],
        metrics(("nFlow", 1, start + 200), ("tFlow", chosen - start - 200, chosen)),
        peerId=customer["sessionId"],
        flow=ran,
    )
    participants = [
        participant(writer, "customer", customer, participantName="Customer"),
        participant(writer, "ivr", menu, participantName=flow["name"]),
    ]
    if served:
        participants += [
            participant(
                writer,
                "acd",
                voice_session(
                    writer,
                    ani,
                    dnis,
                    "inbound",
                    [segment("interact", chosen, answered, "transfer", queueId=queue["id"])],
                    metrics(("nOffered", 1, chosen), ("tAcd", answered - chosen, answered)),
                    peerId=customer["sessionId"],
                    flowInType="ivr",
                ),
                participantName=queue["name"],
            ),
            participant(
                writer,
                "agent",
                voice_session(
                    writer,
                    ani,
                    dnis,
                    "inbound",
                    [
                        segment("alert", answered - 2000, answered, queueId=queue["id"]),
                        segment("interact", answered, over, "client", queueId=queue["id"]),
                        segment(
                            "wrapup",
                            over,
                            end,
                            "client",
                            queueId=queue["id"],
                            wrapUpCode=entities.wrapup_codes[SERVICE_CODE]["id"],
                        ),
                    ],
                    metrics(("tTalkComplete", over - answered, over), ("tHandle", end - answered, end)),
                    peerId=customer["sessionId"],
                    usedRouting="Standard",
                ),
                userId=entities.users[rng.randrange(AGENTS)]["id"],
            ),
        ]
    return conversation(writer, start, end, "inbound", "customer", participants)


def write_inbound_message(writer: Writer, rng: Random, start: int, phone: str | None, email: str) -> Json:
    """A text message (with ``phone``) or an e-mail that an agent answered."""
    entities = writer.entities
    end = start + rng.randint(300_000, 3_000_000)
    queue = entities.queues[3]["id"]
    addresses: Json = (
        {"addressFrom": phone, "addressTo": entities.phone, "mediaType": "message", "messageType": "sms"}
        if phone
        else {"addressFrom": email, "addressTo": "service@agents.example.com", "mediaType": "email"}
    )

    def session(segments: list[Json]) -> Json:
        return {
            **addresses,
            "direction": "inbound",
            "provider": "PureCloud Messaging" if phone else "PureCloud Email",
            "sessionId": writer.ids.next(),
            "metrics": metrics(("nConnected", 1, start)),
            "segments": segments,
        }

    customer = session([segment("interact", start, end, "peer")])
    agent = session(
        [
            segment("alert", start + 2000, start + 60_000, queueId=queue),
            segment("interact", start + 60_000, end - 2000, "client", queueId=queue),
            segment(
                "wrapup",
                end - 2000,
                end,
                "client",
                queueId=queue,
                wrapUpCode=entities.wrapup_codes[SERVICE_CODE]["id"],
            ),
        ]
    )
    return conversation(
        writer,
        start,
        end,
        "inbound",
        "customer",
        [
            participant(writer, "customer", customer, participantName="Customer"),
            participant(writer, "agent", agent, userId=entities.users[rng.randrange(AGENTS)]["id"]),
        ],
    )
