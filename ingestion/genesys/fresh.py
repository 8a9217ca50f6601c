"""Conversations that the details jobs do not have yet, by the synchronous details query."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from ingestion.genesys import settings
from ingestion.genesys.client import GenesysClient
from ingestion.genesys.jobs import interval, windows

QUERY = "/api/v2/analytics/conversations/details/query"


def ended_conversations(client: GenesysClient, start: datetime, end: datetime) -> Iterator[list[dict[str, Any]]]:
    """Conversations that ended from ``start`` to ``end``, page by page, without participant attributes.

    One that is still open is no touch, and whoever asks next gets it whole. Some may come twice.
    """
    longest = timedelta(days=settings.LONGEST_WINDOW_DAYS)
    for window in windows(start, end, longest):
        for page in _pages(client, *window):
            yield [each for each in page if _ended_after(each, start)]


def _pages(client: GenesysClient, start: datetime, end: datetime) -> Iterator[list[dict[str, Any]]]:
    """The conversations with any activity in the stretch, which is halved where it holds too many.

    The API refuses to page past 100,000 results and pages faster through shorter intervals
    (https://github.com/splunk/genesys_cloud_ta/releases/tag/v0.2.2 quotes its answer).
    """
    number, total = 1, 0
    while number == 1 or (number - 1) * settings.QUERY_PAGE_SIZE < total:
        answer = client.post(
            QUERY,
            {
                "interval": interval((start, end)),
                "order": "asc",
                "orderBy": "conversationStart",
                "paging": {"pageSize": settings.QUERY_PAGE_SIZE, "pageNumber": number},
            },
        )
        total = answer.get("totalHits") or 0
        middle = start + (end - start) / 2
        if number == 1 and total > settings.QUERY_MOST_RESULTS and end - start > settings.QUERY_SHORTEST:
            yield from _pages(client, start, middle)
            yield from _pages(client, middle, end)
            return
        yield answer.get("conversations") or []
        number += 1


def _ended_after(conversation: dict[str, Any], start: datetime) -> bool:
    """Whether it ended in the stretch: what ended before is in the details jobs, with all that it has."""
    ended = conversation.get("conversationEnd")
    return bool(ended) and datetime.fromisoformat(ended) > start
