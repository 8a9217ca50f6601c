"""The small parts that every conversation is made of: participants, sessions, segments, metrics."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sandbox.content.calendar import genesys_time as at
from sandbox.content.entities import Entities
from sandbox.content.ids import Ids
from sandbox.content.people import national
from sandbox.content.plan import Touch

Json = dict[str, Any]


@dataclass
class Writer:
    """What writing conversations needs: the org's entities and fresh ids."""

    entities: Entities
    ids: Ids


def segment(kind: str, start: int, end: int | None, disconnect: str | None = None, **more: Any) -> Json:
    """A segment; one without ``end`` is still going on."""
    made: Json = {"conference": False, "segmentStart": at(start), "segmentType": kind}
    if end is not None:
        made["segmentEnd"] = at(end)
    if disconnect and end is not None:
        made["disconnectType"] = disconnect
    made.update(more)
    return made


def metrics(*triples: tuple[str, int, int]) -> list[Json]:
    """``(name, value, instant)`` each."""
    return [{"emitDate": at(instant), "name": name, "value": value} for name, value, instant in triples]


def participant(writer: Writer, purpose: str, *sessions: Json, **more: Any) -> Json:
    return {"participantId": writer.ids.next(), "purpose": purpose, "sessions": list(sessions), **more}


def voice_session(
    writer: Writer, ani: str, dnis: str, direction: str, segments: Iterable[Json], measured: list[Json], **more: Any
) -> Json:
    """One leg of a call."""
    return {
        "ani": ani,
        "direction": direction,
        "dnis": dnis,
        "edgeId": writer.entities.edge,
        "mediaType": "voice",
        "protocolCallId": writer.ids.next(),
        "provider": "Edge",
        "sessionDnis": dnis,
        "sessionId": writer.ids.next(),
        "metrics": measured,
        "segments": list(segments),
        **more,
    }


def dialled(touch: Touch) -> str:
    """The customer's number as the touch writes it, without a scheme."""
    return national(touch.phone) if touch.national else touch.phone


def conversation(
    writer: Writer, start: int, end: int | None, direction: str, initiator: str, participants: list[Json], **more: Any
) -> Json:
    made: Json = {
        "conversationId": writer.ids.next(),
        "conversationStart": at(start),
        "conversationInitiator": initiator,
        "divisionIds": [writer.entities.division],
        "originatingDirection": direction,
        "participants": participants,
        **more,
    }
    if end is not None:
        made["conversationEnd"] = at(end)
    return made
