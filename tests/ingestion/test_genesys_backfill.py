"""A load of many windows: stored a few at a time, killed anywhere, and gone on with by the next process."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from common.errors import AttributionError
from common.settings import PROJECT_DIR
from ingestion.genesys import settings
from ingestion.genesys.backfill import Pace, in_words
from ingestion.pipeline import run_source

Query = Callable[[str], list[dict[str, Any]]]
SINCE = datetime(2026, 1, 1, tzinfo=UTC)
LOAD = """
from datetime import UTC, datetime
from ingestion.genesys import settings
settings.PART_ROWS = 1
from ingestion.pipeline import run_source
run_source("genesys", since=datetime(2026, 1, 1, tzinfo=UTC))
"""


@pytest.fixture
def half_a_year(small_org: Any, a_conversation: Callable[..., dict[str, Any]]) -> Any:
    """The small org with a conversation every third day, one of them days long; its windows are six."""
    for number in range(0, 165, 3):
        start = SINCE + timedelta(days=number, hours=12)
        end = start + timedelta(days=9 if number == 60 else 0, minutes=5)
        small_org.conversations.append(a_conversation(f"c{number:03}", start.isoformat(), end.isoformat()))
    small_org.page_size = 4
    return small_org


def ids(warehouse: Query) -> list[str]:
    rows = warehouse("select conversation_id from raw_genesys.conversations order by conversation_id")
    return [row["conversation_id"] for row in rows]


def load_in_a_process(org: Any, kill_at: Callable[[str, str], bool] | None = None) -> int:
    """Load in another process, killed with SIGKILL at the first request that ``kill_at`` (verb, url) says; its code."""
    process = subprocess.Popen(
        [sys.executable, "-c", LOAD], cwd=PROJECT_DIR, env={**os.environ, "PYTHONPATH": str(PROJECT_DIR)}
    )

    def kill(verb: str, url: str) -> None:
        if kill_at and kill_at(verb, url):
            os.kill(process.pid, signal.SIGKILL)

    org.misbehave = kill
    return process.wait(timeout=120)


def test_a_load_that_is_killed_goes_on_where_it_was_with_the_jobs_that_it_had(
    half_a_year: Any, warehouse: Query, warehouse_file: Path
) -> None:
    """Killed after the jobs were asked for, in the midst of a window's pages, and twice while a part is stored."""
    seen: Counter[str] = Counter()

    def at(verb_part: str, count: int) -> Callable[[str, str], bool]:
        seen.clear()

        def kill(verb: str, url: str) -> bool:
            seen[verb_part] += verb_part in f"{verb} {url}"
            return seen[verb_part] == count

        return kill

    # Two windows have been read, and of a third one the first page, when it is killed the second time; the request
    # for job 5 comes right after a part was stored.
    for moment in (at("GET /api/v2/outbound/campaigns", 1), at("cursor=4", 3), at("job-5", 1)):
        assert load_in_a_process(half_a_year, moment) == -signal.SIGKILL
    assert load_in_a_process(half_a_year) == 0
    assert ids(warehouse) == [each["conversationId"] for each in half_a_year.conversations]
    # No window was asked for twice, whoever was killed.
    assert half_a_year.intervals == list(dict.fromkeys(half_a_year.intervals))
    assert len(half_a_year.intervals) == 6
    assert warehouse("select count(*) as rows from load_log.genesys_jobs") == [{"rows": 0}]
    assert warehouse("select count(*) as rows from raw_genesys.completed_loads") == [{"rows": 1}]
    assert half_a_year.intervals[-1].endswith("/2026-06-15T00:00:00.000Z")


def test_what_was_stored_is_not_read_again_and_a_job_that_is_gone_is_made_again(
    half_a_year: Any, warehouse: Query, answer: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "PART_ROWS", 1)

    def fail_in_the_third_window(verb: str, url: str) -> Any:
        return answer(403, {"message": "Not now."}) if url.split("?")[0].endswith("job-2/results") else None

    half_a_year.misbehave = fail_in_the_third_window
    with pytest.raises(AttributionError, match=r"Not now"):
        run_source("genesys", since=SINCE)
    stored = ids(warehouse)
    assert stored == [f"c{number:03}" for number in range(0, 62, 3)]
    assert len(half_a_year.intervals) == 5
    half_a_year.requests.clear()

    def jobs_are_gone(verb: str, url: str) -> Any:
        return answer(404, {"message": "No such job."}) if url.endswith(("job-2", "job-3")) else None

    half_a_year.misbehave = jobs_are_gone
    run_source("genesys", since=SINCE)
    assert ids(warehouse) == [each["conversationId"] for each in half_a_year.conversations]
    read = {path.split("/")[-2] for _, path in half_a_year.requests if path.endswith("/results")}
    assert read == {"job-4", "job-5", "job-6", "job-7"}
    # Asked for again once it was done, it is read again from its begin.
    half_a_year.intervals.clear()
    run_source("genesys", since=SINCE)
    assert half_a_year.intervals[0].startswith("2026-01-01T")


def test_several_jobs_are_under_way_while_the_first_is_read(half_a_year: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCES__GENESYS__JOBS_AT_ONCE", "4")
    made_before_reading: list[int] = []

    def watch(verb: str, url: str) -> None:
        if url.split("?")[0].endswith("/results") and "cursor" not in url:
            made_before_reading.append(len(half_a_year.intervals))

    half_a_year.misbehave = watch
    run_source("genesys", since=SINCE)
    assert made_before_reading == [4, 5, 6, 6, 6, 6]


def test_progress_says_windows_conversations_and_an_estimate(
    half_a_year: Any, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "PART_ROWS", 30)
    caplog.set_level("INFO", "ingestion")
    run_source("genesys", since=SINCE)
    first, *lines = [line for line in caplog.messages if "windows" in line]
    assert first == "Genesys Cloud: 2026-01-01 to 2026-06-15 is read in 6 windows; what is stored is kept."
    assert lines[0].startswith(
        "Genesys Cloud: 3 of 6 windows (to 2026-04-04) are stored, 32 conversations so far; about "
    )
    assert lines[-1] == "Genesys Cloud: 6 of 6 windows (to 2026-06-15) are stored, 56 conversations so far."


@pytest.mark.parametrize(
    ("pace", "named"), [({"window_days": 40}, "WINDOW_DAYS is 40"), ({"jobs_at_once": 0}, "JOBS_AT_ONCE is 0")]
)
def test_a_pace_that_can_not_be_is_a_sentence(pace: dict[str, Any], named: str) -> None:
    with pytest.raises(AttributionError, match=named):
        Pace(**pace)


@pytest.mark.parametrize(("seconds", "words"), [(12, "12 s"), (130, "2 min"), (7500, "2 h 05 min")])
def test_an_estimate_is_in_words_that_suit_it(seconds: float, words: str) -> None:
    assert in_words(seconds) == words
