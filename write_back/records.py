"""One conversation's record: what it says, and how it is put into the org."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from common.attribution_attributes import ATTRIBUTION_KEYS
from write_back.client import ApiError, GenesysClient

ATTEMPTS_PER_RECORD = 4
PAUSE_SECONDS = 0.5

# What a conversation's record says once the export no longer holds it.
RETRACTED_HASH = "retracted"


@dataclass(frozen=True)
class Task:
    """One record to send: its content, and the hash to remember once it is there.

    ``version`` and ``known_hash`` are those of the last write that the org acknowledged, None where there is none.
    """

    conversation_id: str
    attributes: dict[str, Any]
    row_hash: str
    version: int | None = None
    known_hash: str | None = None

    @property
    def is_retraction(self) -> bool:
        """Whether it takes back what an earlier run sent."""
        return self.row_hash == RETRACTED_HASH

    @property
    def record_id(self) -> str:
        """The record's id in the org: the caller's own to choose, so the same at every attempt and in every run."""
        return f"attribution-{self.conversation_id}"


@dataclass(frozen=True)
class Outcome:
    """What became of a task. ``version`` is the record's in the org; ``error`` is None where it is there."""

    task: Task
    version: int | None
    error: str | None = None
    is_outage: bool = False


def render(row: dict[str, Any]) -> dict[str, Any]:
    """A row of the export as the map of custom attributes that is sent. The one place that knows its content.

    Credits have 9 decimals and the value 2, the figures that ``row_hash`` covers. What is null is left out.
    """
    values = {
        "AttributionCredit": _rounded(row["attribution_credit"], 9),
        "AttributionValue": _rounded(row["attributed_value"], 2),
        "AttributionModel": row["attribution_model"],
        "AttributionSingleWin": _rounded(row["single_win_credit"], 9),
        "AttributionCampaignID": row["campaign_id"],
        "AttributionTouchSequence": _whole(row["touch_sequence"]),
        "AttributionConversions": _whole(row["conversion_count"]),
    }
    return {ATTRIBUTION_KEYS[title]: value for title, value in values.items() if value is not None}


def retraction() -> dict[str, Any]:
    """What is sent for a conversation that earns nothing any more: zeros, and no word of a model or campaign."""
    zeros = {
        "AttributionCredit": 0.0,
        "AttributionValue": 0.0,
        "AttributionSingleWin": 0.0,
        "AttributionConversions": 0,
    }
    return {ATTRIBUTION_KEYS[title]: value for title, value in zeros.items()}


def body(task: Task, schema_id: str, version: int | None) -> dict[str, Any]:
    """One ``CustomAttributesUpdateRequest``; without a version it creates the record, or replaces it unchecked."""
    request: dict[str, Any] = {
        "id": task.record_id,
        "divisions": [],
        "schemaId": schema_id,
        "customAttributes": task.attributes,
    }
    if version is not None:
        request["version"] = version
    return request


def send(client: GenesysClient, task: Task, schema_id: str) -> Outcome:
    """Put the record into the org. What is wrong with the record alone is told in the outcome, not raised.

    A version conflict is either our own write whose answer was lost (then the content is there already) or
    somebody else's (then ours goes over it, on the version read just now).
    """
    version, failure, is_passing = task.version, "it was not tried", False
    for attempt in range(ATTEMPTS_PER_RECORD):
        try:
            status, message, found = _put(client, task, schema_id, version)
        except ApiError as error:
            status, message, found = error.status, error.message, None
            if error.is_outage:  # the client has repeated it often enough
                return Outcome(task, version, str(error), is_outage=True)
        if status < 300:
            return Outcome(task, found)
        if task.is_retraction and status in (404, 410):
            return Outcome(task, None)
        failure, is_passing = f"{status}: {message}", status == 429 or status >= 500
        if status == 409:
            try:
                current = _read(client, task)
            except ApiError as error:
                return Outcome(task, version, str(error), error.is_outage)
            if current is not None and _says(current, task, schema_id):
                return Outcome(task, current.get("version"))
            version = current.get("version") if current is not None else None
        elif not is_passing:
            return Outcome(task, version, failure)
        elif attempt + 1 < ATTEMPTS_PER_RECORD:
            client.pause(PAUSE_SECONDS * 2**attempt)
    return Outcome(task, version, failure, is_outage=is_passing)


def _put(client: GenesysClient, task: Task, schema_id: str, version: int | None) -> tuple[int, str, int | None]:
    """(status, message, version now) of this record in the bulk answer."""
    answer = client.put(_path(task) + "/bulk", [body(task, schema_id, version)])
    result = ((answer or {}).get("results") or {}).get(task.record_id)
    if result is None:
        return 500, "the answer has no result for the record", None
    return (
        int(result.get("statusCode") or 200),
        str(result.get("errorMessage") or "no reason given"),
        (result.get("attributes") or {}).get("version"),
    )


def _read(client: GenesysClient, task: Task) -> dict[str, Any] | None:
    try:
        return client.get(f"{_path(task)}/{quote(task.record_id, safe='')}")
    except ApiError as error:
        if error.status == 404:
            return None
        raise


def _path(task: Task) -> str:
    return f"/api/v2/conversations/{quote(task.conversation_id, safe='')}/customattributes"


def _says(record: dict[str, Any], task: Task, schema_id: str) -> bool:
    found = {key: value for key, value in (record.get("customAttributes") or {}).items() if value is not None}
    return found == task.attributes and (record.get("schema") or {}).get("id", schema_id) == schema_id


def _rounded(value: Any, decimals: int) -> float | None:
    return None if value is None else round(float(value), decimals)


def _whole(value: Any) -> int | None:
    return None if value is None else int(value)
