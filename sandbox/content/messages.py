"""Text messages and callbacks as Genesys Cloud records them."""

from __future__ import annotations

from random import Random
from typing import Any

from sandbox.content.calendar import genesys_time
from sandbox.content.calls import agent_for, wrapup
from sandbox.content.campaigns import CAMPAIGNS
from sandbox.content.entities import TEXT_REPLIES
from sandbox.content.ids import HOUR
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
from sandbox.content.voice import dialer

SKIPPED = "ININ-OUTBOUND-PREVIEW-SKIPPED"
NO_ANSWER = "ININ-OUTBOUND-NO-ANSWER"


def text_session(
    writer: Writer, mine: str, theirs: str, segments: list[Json], measured: list[Json], **more: Any
) -> Json:
    """One side of a text-message conversation that the org began."""
    return {
        "addressFrom": mine,
        "addressTo": theirs,
        "direction": "outbound",
        "mediaType": "message",
        "messageType": "sms",
        "provider": "PureCloud Messaging",
        "sessionId": writer.ids.next(),
        "metrics": measured,
        "segments": segments,
        **more,
    }


def write_text(
    writer: Writer,
    rng: Random,
    touch: Touch,
    contact_id: str,
    on_customer: dict[str, str],
    on_others: dict[str, str],
) -> Json:
    """A campaign's text message; where the customer replied, a flow took it to an agent."""
    entities, start, end = writer.entities, touch.start, touch.end
    spec = CAMPAIGNS[touch.campaign]
    outbound = dialer(writer, touch, contact_id)
    mine, theirs = entities.phone, dialled(touch)
    replied = touch.shape in ("replied", "thread")
    session = text_session(
        writer,
        mine,
        theirs,
        [segment("interact", start, end, "timeout" if not replied else "peer")],
        metrics(("nOutbound", 1, start), ("oMessageTurn", 3 if replied else 1, end)),
        deliveryStatus="DeliverySuccess",
        deliveryStatusChangeDate=genesys_time(start + 1900),
        remoteNameDisplayable="Customer",
        **outbound,
    )
    customer = participant(writer, "customer", session, participantName="Customer")
    if on_customer:
        customer["attributes"] = on_customer
    participants = [customer]
    if replied:
        peer, queue = session["sessionId"], entities.queues[spec.queue]
        reply = start + (end - start) * rng.randint(20, 50) // 100
        flow = entities.flows[TEXT_REPLIES]
        outcome = entities.flow_outcomes[3]["id"]
        ran = {
            "flowId": flow["id"],
            "flowName": flow["name"],
            "flowType": flow["type"],
            "flowVersion": "3.0",
            "entryType": "outbound",
            "entryReason": entities.campaign_ids[touch.campaign],
            "exitReason": "TRANSFER",
            "transferType": "ACD",
            "transferTargetAddress": queue["id"],
            "transferTargetName": queue["name"],
            "outcomes": [
                {
                    "flowOutcome": f"{outcome}:SUCCESS",
                    "flowOutcomeId": outcome,
                    "flowOutcomeValue": "SUCCESS",
                    "flowOutcomeStartTimestamp": genesys_time(reply + 30),
                    "flowOutcomeEndTimestamp": genesys_time(reply + 900),
                }
            ],
        }
        flowing = text_session(
            writer,
            mine,
            theirs,
            [segment("system", reply, reply + 1000, "transfer")],
            metrics(("nFlow", 1, reply)),
            peerId=peer,
            flow=ran,
        )
        waiting = text_session(
            writer,
            mine,
            theirs,
            [segment("interact", reply + 1000, reply + 9000, "transfer", queueId=queue["id"])],
            metrics(("nOffered", 1, reply + 1000), ("tAcd", 8000, reply + 9000)),
            peerId=peer,
        )
        done = end - min(15_000, (end - reply) // 8)
        talking = text_session(
            writer,
            mine,
            theirs,
            [
                segment("alert", reply + 4000, reply + 9000, queueId=queue["id"]),
                segment("interact", reply + 9000, done, "client", queueId=queue["id"]),
                segment(
                    "wrapup",
                    done,
                    end,
                    "client",
                    queueId=queue["id"],
                    wrapUpCode=wrapup(writer, rng, touch.success),
                ),
            ],
            metrics(
                ("tAlert", 5000, reply + 9000),
                ("tTalkComplete", done - reply - 9000, done),
                ("tAcw", end - done, end),
                ("tHandle", end - reply - 9000, end),
            ),
            peerId=peer,
            usedRouting="Standard",
            **outbound,
        )
        agent = entities.users[agent_for(rng, touch.campaign)]["id"]
        participants += [
            participant(writer, "workflow", flowing, participantName=flow["name"]),
            participant(writer, "acd", waiting, participantName=queue["name"]),
            participant(writer, "agent", talking, userId=agent),
        ]
        if on_others:
            participants[rng.randint(1, 3)]["attributes"] = on_others
    return conversation(writer, start, end, "outbound", "campaign", participants)


def write_callback(
    writer: Writer,
    rng: Random,
    touch: Touch,
    contact_id: str,
    on_customer: dict[str, str],
    on_others: dict[str, str],
) -> Json:
    """A scheduled callback: an agent previews it, then skips it, or calls."""
    entities, start, end = writer.entities, touch.start, touch.end
    queue = entities.queues[CAMPAIGNS[touch.campaign].queue]
    number = dialled(touch)
    common = {
        "callbackNumbers": [number],
        "callbackScheduledTime": genesys_time(start - rng.randint(1, 20) * HOUR),
        "callbackUserName": "Customer",
        "direction": "outbound",
        "mediaType": "callback",
        "scriptId": entities.script,
        "skipEnabled": True,
        "timeoutSeconds": 0,
        **dialer(writer, touch, contact_id),
    }

    def callback(segments: list[Json], measured: list[Json], **more: Any) -> Json:
        return {
            **common,
            "sessionId": writer.ids.next(),
            "metrics": measured,
            "segments": segments,
            **more,
        }

    skipped = touch.shape == "skipped"
    accepted = start + min(rng.randint(2000, 7000), (end - start) // 4)
    after = end - min(rng.randint(3000, 9000), (end - start) // 10)
    waiting = callback(
        [segment("interact", start, accepted, "transfer", queueId=queue["id"])],
        metrics(("nOffered", 1, start), ("tAcd", accepted - start, accepted)),
    )
    theirs = callback([segment("interact", start, after, "peer")], metrics(("nConnected", 1, start)))
    code = SKIPPED if skipped else NO_ANSWER if touch.shape == "unanswered" else wrapup(writer, rng, touch.success)
    handled = callback(
        [
            segment("alert", start + 300, accepted, queueId=queue["id"]),
            segment("interact", accepted, after, "client", queueId=queue["id"]),
            segment("wrapup", after, end, "client", queueId=queue["id"], wrapUpCode=code, wrapUpNote=""),
        ],
        metrics(
            ("tAlert", accepted - start - 300, accepted),
            ("tAcw", end - after, end),
            ("tHandle", end - accepted, end),
        ),
    )
    agent_sessions, customer_sessions = [handled], [theirs]
    if not skipped:
        ani, dnis = f"tel:{entities.phone}", f"tel:{number}"
        dialling = accepted + (after - accepted) // 5
        answered = min(dialling + rng.randint(4000, 14000), after - 1000)
        reached = touch.shape == "answered"
        agent_sessions.append(
            voice_session(
                writer,
                ani,
                dnis,
                "outbound",
                [
                    segment("dialing", dialling, answered if reached else after, None if reached else "uncallable"),
                    *([segment("interact", answered, after, "client")] if reached else []),
                ],
                metrics(("tDialing", answered - dialling, answered), ("tTalkComplete", after - answered, after))
                if reached
                else metrics(("tDialing", after - dialling, after)),
                peerId=theirs["sessionId"],
            )
        )
        if reached:
            customer_sessions.append(
                voice_session(
                    writer,
                    ani,
                    dnis,
                    "outbound",
                    [segment("interact", answered, after, "peer")],
                    metrics(("tConnected", after - answered, after)),
                    peerId=agent_sessions[1]["sessionId"],
                )
            )
    customer = participant(writer, "customer", *customer_sessions, participantName="Customer")
    if on_customer:
        customer["attributes"] = on_customer
    agent = entities.users[agent_for(rng, touch.campaign)]["id"]
    participants = [
        participant(writer, "acd", waiting, participantName=queue["name"]),
        customer,
        participant(writer, "agent", *agent_sessions, userId=agent),
    ]
    if on_others:
        participants[2]["attributes"] = on_others
    return conversation(writer, start, end, "outbound", "dialer", participants)
