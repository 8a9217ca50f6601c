"""Conversation detail queries: their shape, their interval, and the filters that the sandbox evaluates."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

from sandbox.genesys.conversations import Conversation, ConversationStore
from sandbox.genesys.errors import bad_request
from sandbox.genesys.validation import instant

_RANGE = {"gt": float, "gte": float, "lt": float, "lte": float}
_PREDICATE = {
    "type": ("dimension", "property", "metric"),
    "dimension": str,
    "propertyType": str,
    "property": str,
    "metric": str,
    "operator": ("matches", "exists", "notExists"),
    "value": str,
    "range": _RANGE,
}
_CONVERSATION_PREDICATE = {
    name: shape for name, shape in _PREDICATE.items() if name not in ("propertyType", "property")
}


def _filter(predicate: dict[str, Any]) -> dict[str, Any]:
    clause = {"type": ("and", "or"), "predicates": [predicate]}
    return {**clause, "clauses": [clause]}


_COMMON = {
    "conversationFilters": [_filter(_CONVERSATION_PREDICATE)],
    "segmentFilters": [_filter(_PREDICATE)],
    "evaluationFilters": [object],
    "surveyFilters": [object],
    "resolutionFilters": [object],
    "order": ("asc", "desc", "unordered"),
    "orderBy": ("conversationStart", "conversationEnd", "segmentStart", "segmentEnd"),
    "interval": str,
}
JOB_QUERY = {**_COMMON, "limit": int, "startOfDayIntervalMatching": bool}
SYNCHRONOUS_QUERY = {
    **_COMMON,
    "aggregations": [object],
    "paging": {"pageSize": int, "pageNumber": int},
}
# Real fields whose evaluation the sandbox leaves out; it says so rather than answer something else.
_NOT_EVALUATED = ("evaluationFilters", "surveyFilters", "resolutionFilters", "aggregations")
FAR_AWAY = datetime.max.replace(tzinfo=UTC)
CONVERSATION_DIMENSIONS = (
    "conversationId",
    "conversationStart",
    "conversationEnd",
    "originatingDirection",
    "conversationInitiator",
    "customerParticipation",
    "externalTag",
)
SEGMENT_DIMENSIONS = (
    "mediaType",
    "direction",
    "queueId",
    "wrapUpCode",
    "segmentType",
    "disconnectType",
    "purpose",
    "userId",
    "ani",
    "dnis",
    "addressFrom",
    "addressTo",
    "messageType",
    "provider",
    "outboundCampaignId",
    "outboundContactId",
    "outboundContactListId",
    "dispositionName",
    "dispositionAnalyzer",
    "flowId",
)


def parse_interval(body: dict[str, Any]) -> tuple[datetime, datetime]:
    """The query's interval as two instants; 400 where it is missing, malformed or not ascending."""
    text = body.get("interval")
    if text is None:
        raise bad_request("Field 'interval' is required.", "interval")
    start_text, slash, end_text = text.partition("/")
    if not slash:
        raise bad_request(
            f"Invalid interval '{text}': YYYY-MM-DDThh:mm:ss/YYYY-MM-DDThh:mm:ss is expected.", "interval"
        )
    start, end = instant(start_text, "interval"), instant(end_text, "interval")
    if end <= start:
        raise bad_request(f"Invalid interval '{text}': its end must be after its start.", "interval")
    return start, end


def select(store: ConversationStore, body: dict[str, Any], seen_at: datetime | None) -> list[int]:
    """Positions of the conversations that the query asks for, in its order."""
    for name in _NOT_EVALUATED:
        if body.get(name):
            raise bad_request(f"Field '{name}' is not evaluated by this sandbox.", name)
    start, end = parse_interval(body)
    conversation_filters = [_compile(one, CONVERSATION_DIMENSIONS) for one in body.get("conversationFilters") or []]
    segment_filters = [_compile(one, SEGMENT_DIMENSIONS) for one in body.get("segmentFilters") or []]
    positions = store.active(start, end, seen_at)
    if body.get("startOfDayIntervalMatching"):
        day = start.replace(hour=0, minute=0, second=0, microsecond=0)
        positions = [position for position in positions if store.starts[position] >= day]
    if conversation_filters:
        positions = [p for p in positions if all(fits(store.conversations[p]) for fits in conversation_filters)]
    if segment_filters:
        # Genesys wants one segment that fits all segment filters at once.
        positions = [
            p
            for p in positions
            if any(all(fits(row) for fits in segment_filters) for row in _segment_rows(store.conversations[p]))
        ]
    if body.get("orderBy") in ("conversationEnd", "segmentEnd"):
        positions.sort(key=lambda p: store.ends[p] or FAR_AWAY)
    if body.get("order") == "desc":
        positions.reverse()
    return positions


def _segment_rows(conversation: Conversation) -> Iterator[dict[str, Any]]:
    """One flat row for each segment: the participant's, session's and flow's own fields and the segment's."""
    for participant in conversation.get("participants", []):
        for session in participant.get("sessions", []):
            flow = session.get("flow") or {}
            for segment in session.get("segments", []):
                yield {**participant, **session, "flowId": flow.get("flowId"), **segment}


def _compile(given: dict[str, Any], dimensions: tuple[str, ...]) -> Callable[[dict[str, Any]], bool]:
    """A filter, clause or predicate group as a function of one flat row."""
    parts = [_compile_predicate(one, dimensions) for one in given.get("predicates") or []]
    parts += [_compile(clause, dimensions) for clause in given.get("clauses") or []]
    if given.get("type") is None or not parts:
        raise bad_request("A filter needs a type and at least one predicate or clause.", "type")
    combine = all if given["type"] == "and" else any
    return lambda row: combine(part(row) for part in parts)


def _compile_predicate(predicate: dict[str, Any], dimensions: tuple[str, ...]) -> Callable[[dict[str, Any]], bool]:
    if predicate.get("type", "dimension") != "dimension" or predicate.get("range"):
        raise bad_request("Only predicates on a dimension are evaluated by this sandbox.", "type")
    dimension = predicate.get("dimension")
    if dimension not in dimensions:
        raise bad_request(
            f"Dimension '{dimension}' is not evaluated by this sandbox: {', '.join(dimensions)} are.", "dimension"
        )
    operator = predicate.get("operator", "matches")
    if operator == "matches":
        if predicate.get("value") is None:
            raise bad_request("A predicate that matches needs a value.", "value")
        wanted = predicate["value"].lower()
        return lambda row: _text(row.get(dimension)) == wanted
    exists = operator == "exists"
    return lambda row: (row.get(dimension) is not None) is exists


def _text(value: Any) -> str | None:
    return None if value is None else str(value).lower()
