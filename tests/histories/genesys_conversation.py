"""A call as Genesys Cloud's API has it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

Row = dict[str, Any]


def iso(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def conversation(id: str, call: Row) -> Row:
    """The call as the API has it: customer, colleague, flows, then agents one after the other.

    A provisional one is as the details query has it: without attributes.
    """
    direction = "inbound" if call["is_inbound"] else "outbound"
    at = call["start"]
    participants = [
        {
            "participantId": f"{id}-customer",
            "purpose": "customer",
            **({} if call["is_provisional"] else {"attributes": dict(call["customer"])}),
            "sessions": [
                {
                    "sessionId": f"{id}-customer",
                    "direction": direction,
                    "mediaType": "message" if call["is_sms"] else "voice",
                    **({"messageType": "sms"} if call["is_sms"] else {}),
                    **({"ani": call["phone"][0]} if call["is_inbound"] else {"dnis": call["phone"][0]}),
                    **({"dispositionName": call["dialer_result"]} if call["dialer_result"] else {}),
                    **({"outboundCampaignId": call["dialer_campaign"]} if call["dialer_campaign"] else {}),
                    **(
                        {"outboundContactId": call["contact"], "outboundContactListId": "list-1"}
                        if call["contact"]
                        else {}
                    ),
                    "segments": [segment("interact", at, at + call["lasted"])],
                }
            ],
        },
        {
            "participantId": f"{id}-colleague",
            "purpose": "acd",
            **({} if call["is_provisional"] else {"attributes": dict(call["colleague"])}),
            "sessions": [
                {
                    "sessionId": f"{id}-acd",
                    "mediaType": "voice",
                    "segments": [{**segment("delay", at, at), **({"queueId": call["queue"]} if call["queue"] else {})}],
                }
            ],
        },
    ]
    for node in call["nodes"]:
        at += timedelta(seconds=1)
        outcome = {"flowOutcome": "SUCCESS", "flowOutcomeStartTimestamp": iso(at), "flowOutcomeEndTimestamp": iso(at)}
        participants.append(
            {
                "participantId": f"{id}-{node}",
                "purpose": "ivr",
                "sessions": [
                    {
                        "sessionId": f"{id}-{node}",
                        "mediaType": "voice",
                        "flow": {"flowId": node, "outcomes": [outcome]},
                        "segments": [segment("ivr", at, at)],
                    }
                ],
            }
        )
    for agent, talk, code in call["agents"]:
        at += timedelta(seconds=1)
        ended = at + timedelta(seconds=talk)
        participants.append(
            {
                "participantId": f"{id}-{agent}",
                "purpose": "agent",
                "userId": agent,
                "sessions": [
                    {
                        "sessionId": f"{id}-{agent}",
                        "mediaType": "voice",
                        "segments": [
                            segment("interact", at, ended),
                            {**segment("wrapup", ended, ended + timedelta(seconds=10)), "wrapUpCode": code},
                        ],
                    }
                ],
            }
        )
        at = ended + timedelta(seconds=10)
    found = {
        "conversationId": id,
        "conversationStart": iso(call["start"]),
        "originatingDirection": direction,
        "participants": participants,
    }
    return found if call["is_open"] else {**found, "conversationEnd": iso(call["start"] + call["lasted"])}


def segment(kind: str, start: datetime, end: datetime) -> Row:
    return {"segmentType": kind, "segmentStart": iso(start), "segmentEnd": iso(end)}
