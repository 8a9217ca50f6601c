"""What there is to send, one record at a time: the record, the task of getting it there, and what became of it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from common.attribution_attributes import ATTRIBUTION_ATTRIBUTES
from write_back.client import ApiError, GenesysClient

ATTEMPTS_PER_RECORD = 4
PAUSE_SECONDS = 0.5

# What a record says once the export no longer holds it.
RETRACTED_HASH = "retracted"
# What stays on a record that earns nothing any more; of model, campaign and sequence it says nothing.
ZEROS = {
    "AttributionCredit": 0.0,
    "AttributionValue": 0.0,
    "AttributionSingleWin": 0.0,
    "AttributionConversions": 0,
}

Values = dict[str, Any]


@dataclass(frozen=True)
class Record:
    """What the target should hold under ``record_id``: ``values`` by title, None where there is nothing to say.

    ``row_hash`` changes when, and only when, what is sent does. ``conversation_id`` is None where the record is not
    one conversation's. ``last_converted_at`` (UTC) is that of the latest conversion that it earned from.
    """

    record_id: str
    conversation_id: str | None
    values: Values
    row_hash: str
    last_converted_at: datetime | None = None


@dataclass(frozen=True)
class Task:
    """One record to bring there, and what is known of what is there.

    ``version`` and ``known_hash`` are those of the last write that was acknowledged, None where there is none.
    ``is_unsure`` says that a later one may have got there too, so that it has to be read first.
    """

    record: Record
    version: int | None = None
    known_hash: str | None = None
    is_unsure: bool = False

    @property
    def record_id(self) -> str:
        """The record's id in the target."""
        return self.record.record_id

    @property
    def row_hash(self) -> str:
        """The hash to remember once it is there."""
        return self.record.row_hash

    @property
    def is_retraction(self) -> bool:
        """Whether it takes back what an earlier run sent."""
        return self.row_hash == RETRACTED_HASH

    @property
    def name(self) -> str:
        """What a reader knows it by: the conversation, or else the record's id."""
        return self.record.conversation_id or self.record_id


@dataclass(frozen=True)
class Found:
    """What a read found: whether it says what the task says, and its version where the target keeps one."""

    says_the_same: bool
    version: int | None = None


@dataclass(frozen=True)
class Outcome:
    """What became of a task. ``version`` is the record's in the target; ``error`` is None where it is there."""

    task: Task
    version: int | None = None
    error: str | None = None
    is_outage: bool = False
    is_gone: bool = False

    @classmethod
    def failed(cls, task: Task, error: ApiError, version: int | None = None) -> Outcome:
        """That of a task that ended with this error."""
        return cls(task, version, str(error), error.is_outage, error.is_gone)


def record_of(row: dict[str, Any], record_id: str) -> Record:
    """A row of the export under this id. The one place that knows which figure is sent as what.

    Credits have 9 decimals and the value 2, the figures that ``row_hash`` covers.
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
    return Record(record_id, row.get("conversation_id"), values, row["row_hash"], row["last_converted_at"])


def retraction_of(record_id: str, conversation_id: str | None) -> Record:
    """What is sent for a record that the export no longer holds."""
    values = {title: ZEROS.get(title) for title in ATTRIBUTION_ATTRIBUTES}
    return Record(record_id, conversation_id, values, RETRACTED_HASH)


def as_text(values: Values) -> dict[str, str]:
    """The values as text, for targets that hold nothing else; an empty text takes away what was there.

    >>> as_text({"AttributionCredit": 0.5, "AttributionConversions": 2, "AttributionCampaignID": None})
    {'AttributionCredit': '0.5', 'AttributionConversions': '2', 'AttributionCampaignID': ''}
    """
    return {title: "" if value is None else _text(value) for title, value in values.items()}


def hash_of(values: dict[str, str]) -> str:
    """A hash over texts and their names, for what the export has none of."""
    return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()


def deliver(
    client: GenesysClient,
    task: Task,
    read: Callable[[], Found | None],
    write: Callable[[int | None], int | None],
) -> Outcome:
    """Get one record there. What is wrong with the record alone is told in the outcome, not raised.

    ``read`` gives what is there (None: nothing), ``write`` puts the record over a version and gives the new one; both
    raise ApiError. Whatever leaves it open whether a write took effect (no answer, a 5xx, a version conflict, a run
    that was killed) is settled by reading: what says the same is done, all else is written, over the version found.
    """
    version, is_unsure = task.version, task.is_unsure
    failure = ApiError(500, "it was not tried")
    for attempt in range(ATTEMPTS_PER_RECORD):
        if is_unsure:
            try:
                found = read()
            except ApiError as error:  # the client has repeated it often enough
                if task.is_retraction and error.is_gone:
                    return Outcome(task)
                return Outcome.failed(task, error, version)
            if found is None and task.is_retraction:
                return Outcome(task)  # there is nothing to take back
            if found is not None and found.says_the_same:
                return Outcome(task, found.version)
            version = found.version if found else None
        try:
            return Outcome(task, write(version))
        except ApiError as error:
            failure = error
        if task.is_retraction and failure.is_gone:
            return Outcome(task)
        if not failure.is_outage and failure.status != 409:
            break
        is_unsure = True
        if failure.status != 409 and attempt + 1 < ATTEMPTS_PER_RECORD:
            client.pause(PAUSE_SECONDS * 2**attempt)
    return Outcome.failed(task, failure, version)


def _rounded(value: Any, decimals: int) -> float | None:
    return None if value is None else round(float(value), decimals)


def _whole(value: Any) -> int | None:
    return None if value is None else int(value)


def _text(value: Any) -> str:
    """A number without exponent and without zeros behind the last figure; a text as it is."""
    if not isinstance(value, float):
        return str(value)
    text = f"{value:.9f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text
