"""The org's conversations: found by interval, written to bytes once, and seen as of the availability date."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from sandbox.genesys.validation import instant

Conversation = dict[str, Any]


def _instant(text: str | None) -> datetime | None:
    return None if text is None else instant(text, "conversation")


class ConversationStore:
    """All conversations of an org, with their instants parsed once."""

    def __init__(self, conversations: list[Conversation]) -> None:
        self.conversations = list(conversations)
        self.starts = [instant(each["conversationStart"], "conversationStart") for each in conversations]
        self.ends = [_instant(each.get("conversationEnd")) for each in conversations]
        self.positions = {each["conversationId"]: n for n, each in enumerate(conversations)}
        self._bytes: dict[int, bytes] = {}

    def last_instant(self) -> datetime:
        """The latest start, end or segment boundary of any conversation."""
        known = [*self.starts, *(end for end in self.ends if end is not None)]
        still_open = [n for n, end in enumerate(self.ends) if end is None]
        for position in still_open:
            for segment in _segments(self.conversations[position]):
                for name in ("segmentStart", "segmentEnd"):
                    if name in segment:
                        known.append(instant(segment[name], name))
        return max(known, default=datetime(1970, 1, 1, tzinfo=UTC))

    def active(self, start: datetime, end: datetime, seen_at: datetime | None = None) -> list[int]:
        """Positions of the conversations with activity in [start, end), in the order of their start.

        With `seen_at`, as they are known at that instant: what starts later is unknown, what ends later is
        still open.
        """
        found = []
        for position, (began, ended) in enumerate(zip(self.starts, self.ends, strict=True)):
            if began >= end or (seen_at is not None and began >= seen_at):
                continue
            if seen_at is not None and ended is not None and ended > seen_at:
                ended = None
            if ended is None or ended >= start:
                found.append(position)
        return found

    def payload(self, position: int, seen_at: datetime) -> bytes:
        """The JSON of one conversation as known at `seen_at`; what has ended by then is written only once."""
        ended = self.ends[position]
        if ended is not None and ended > seen_at:
            return _compact(cut(self.conversations[position], seen_at))
        if position not in self._bytes:
            self._bytes[position] = _compact(self.conversations[position])
        return self._bytes[position]

    def set_attributes(self, conversation_id: str, participant_id: str, attributes: dict[str, str]) -> None:
        """Set attributes of one participant, in a copy: the conversation itself is the org's."""
        position = self.positions[conversation_id]
        conversation = dict(self.conversations[position])
        conversation["participants"] = [
            {**each, "attributes": {**each.get("attributes", {}), **attributes}}
            if each["participantId"] == participant_id
            else each
            for each in conversation["participants"]
        ]
        self.conversations[position] = conversation
        self._bytes.pop(position, None)

    def without_attributes(self, position: int) -> Conversation:
        """One conversation as the synchronous query answers it: no participant attributes."""
        conversation = dict(self.conversations[position])
        conversation["participants"] = [
            {name: value for name, value in participant.items() if name != "attributes"}
            for participant in conversation.get("participants", [])
        ]
        return conversation


def _compact(value: Any) -> bytes:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()


def _segments(conversation: Conversation) -> Iterator[dict[str, Any]]:
    for participant in conversation.get("participants", []):
        for session in participant.get("sessions", []):
            yield from session.get("segments", [])


def cut(conversation: Conversation, seen_at: datetime) -> Conversation:
    """A conversation as it looked while it was going on: no end, and nothing that came at or after `seen_at`."""
    seen = copy.deepcopy(conversation)
    seen.pop("conversationEnd", None)
    for participant in seen.get("participants", []):
        for session in participant.get("sessions", []):
            _cut_session(session, seen_at)
        participant["sessions"] = [one for one in participant.get("sessions", []) if one.get("segments")]
    seen["participants"] = [one for one in seen.get("participants", []) if one["sessions"]]
    return seen


def _cut_session(session: dict[str, Any], seen_at: datetime) -> None:
    segments = []
    for segment in session.get("segments", []):
        if instant(segment["segmentStart"], "segmentStart") >= seen_at:
            continue
        if "segmentEnd" in segment and instant(segment["segmentEnd"], "segmentEnd") > seen_at:
            for name in ("segmentEnd", "disconnectType", "wrapUpCode", "wrapUpNote"):
                segment.pop(name, None)
        segments.append(segment)
    session["segments"] = segments
    if "metrics" in session:
        session["metrics"] = [
            metric
            for metric in session["metrics"]
            if "emitDate" not in metric or instant(metric["emitDate"], "emitDate") < seen_at
        ]


def default_availability(store: ConversationStore) -> datetime:
    """One second after the last instant of the last conversation, so that a job sees all of them."""
    return store.last_instant() + timedelta(seconds=1)
