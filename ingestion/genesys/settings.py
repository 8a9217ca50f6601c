"""Names and defaults of the Genesys source."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

# A job's interval is at most this long.
LONGEST_WINDOW_DAYS = 31.0
# Where the first load begins without --since, before what is available.
INITIAL_DAYS = 365.0
# A details query gives so many conversations a page; a stretch with more results than that is halved, down to this.
QUERY_PAGE_SIZE, QUERY_MOST_RESULTS, QUERY_SHORTEST = 100, 10_000, timedelta(minutes=1)
# How far before its last end a load reads again, so that a conversation that was still open gets its final version.
REREAD_DAYS = 2.0
# Jobs that the org works on at the same time: the one that is read and those that come after it.
JOBS_AT_ONCE = 3
# Windows are stored once so many conversations, or so many seconds of reading, came together.
PART_ROWS, PART_SECONDS = 20_000, 60.0
# A job that fails or expires is made again, this often in all.
JOB_ATTEMPTS = 3
# A cursor that is refused starts the results of its job from the first page, this often in all.
RESULT_ATTEMPTS = 6
# Pauses between two looks at a job, in seconds: the first, how it grows, the longest, and the patience in all.
POLL_FIRST, POLL_GROWTH, POLL_LONGEST, POLL_PATIENCE = 0.05, 1.6, 5.0, 3600.0
# A contact that was read this lately is not read again for a conversation that began before that.
CONTACT_CACHE_DAYS = 7.0
# Contacts asked for in one request.
CONTACTS_PER_REQUEST = 100


# dlt writes into the hints that it is given, so each table gets its own.
def column(data_type: str, **hints: Any) -> dict[str, Any]:
    """The hints of one column."""
    return {"data_type": data_type, **hints}


def text_columns(*names: str) -> dict[str, Any]:
    """The hints of a table whose columns are all text; the first is the key."""
    return {name: column("text", nullable=position > 0) for position, name in enumerate(names)}


def conversation_columns() -> dict[str, Any]:
    """The hints of raw_genesys.conversations.

    The cursor is the time of the conversation: jobs are asked for by time, and where the last load ended is kept in
    the resource's state. dlt's own incremental would drop what began before that, which is what reading again is for.
    """
    return {
        "conversation_id": column("text", nullable=False),
        "conversation_start": column("timestamp", incremental=True),
        "conversation_end": column("timestamp"),
        "originating_direction": column("text"),
        "participants": column("json"),
        "customer_phone": column("text"),
        "customer_phone_e164": column("text"),
        "dropped_attributes": column("bigint"),
        # Where one load brings both, the jobs' version is the one that was still open.
        "is_provisional": column("bool", dedup_sort="desc"),
    }


def contact_columns() -> dict[str, Any]:
    """The hints of raw_genesys.contacts."""
    return {
        **text_columns("contact_list_id"),
        **text_columns("id"),
        "data": column("json"),
        "phone": column("text"),
        "phone_e164": column("text"),
        "read_at": column("timestamp"),
    }


def contact_list_columns() -> dict[str, Any]:
    """The hints of raw_genesys.contact_lists."""
    return {**text_columns("id", "name"), "column_names": column("json"), "size": column("bigint")}
