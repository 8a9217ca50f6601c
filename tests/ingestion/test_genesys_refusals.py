"""What a Genesys org can answer instead of data: survived where it passes, a sentence where it does not."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import pytest

from common import settings
from common.errors import AttributionError
from ingestion.genesys import jobs
from ingestion.genesys import settings as genesys_settings
from ingestion.genesys.client import GenesysClient
from ingestion.pipeline import run_source

Query = Callable[[str], list[dict[str, Any]]]
Answer = Callable[..., Any]
JOBS = "/api/v2/analytics/conversations/details/jobs"


class Times:
    """Gives ``answer`` to the first ``count`` requests whose verb and address contain what is asked for."""

    def __init__(self, count: int, verb: str, part: str, answer: Any) -> None:
        self.left, self.verb, self.part, self.answer = count, verb, part, answer
        self.given = 0

    def __call__(self, verb: str, url: str) -> Any:
        if self.left and verb == self.verb and self.part in url:
            self.left -= 1
            self.given += 1
            return self.answer
        return None


@pytest.fixture
def three_calls(small_org: Any, a_conversation: Callable[..., dict[str, Any]]) -> Any:
    """The small org with three conversations, which come one on a page."""
    small_org.conversations = [a_conversation("c1"), a_conversation("c2"), a_conversation("c3")]
    small_org.page_size = 1
    return small_org


def read(org: Any) -> list[str]:
    """The ids that one job of the org brings, in the order in which they come; no warehouse is needed for that."""
    reader = jobs.DetailsJobs(GenesysClient(settings.genesys()), Forgetful())
    window = (org.available.replace(day=1), org.available)
    return [each["conversationId"] for page in reader.pages(window) for each in page]


class Forgetful:
    """A ledger that remembers nothing."""

    def jobs(self) -> dict[str, str]:
        return {}

    def keep(self, interval: str, job_id: str) -> None:
        """Nothing is kept."""


def loaded(warehouse: Query) -> list[str]:
    rows = warehouse("select conversation_id from raw_genesys.conversations order by conversation_id")
    return [row["conversation_id"] for row in rows]


@pytest.mark.parametrize("part", ["cursor=1", f"{JOBS}/job-0"])
@pytest.mark.parametrize("status", [429, 500, 502, 503])
def test_a_passing_failure_is_survived(three_calls: Any, answer: Answer, status: int, part: str) -> None:
    fault = Times(2, "GET", part, answer(status, {"message": "Later."}, headers={"Retry-After": "0"}))
    three_calls.misbehave = fault
    assert read(three_calls) == ["c1", "c2", "c3"]
    assert fault.given == 2


@pytest.mark.parametrize("cut", [True, False])
def test_json_that_breaks_off_is_read_again(three_calls: Any, answer: Answer, cut: bool) -> None:
    whole = json.dumps({"conversations": [{"conversationId": "half"}]}).encode()
    broken = answer(200, {"conversations": []}, cut=True) if cut else answer(200, raw=whole[:-7])
    fault = Times(2, "GET", "cursor=2", broken)
    three_calls.misbehave = fault
    assert read(three_calls) == ["c1", "c2", "c3"]
    assert fault.given == 2


def test_json_that_stays_broken_is_a_sentence(three_calls: Any, answer: Answer) -> None:
    three_calls.misbehave = Times(99, "GET", "/results", answer(200, raw=b'{"conversations": [{"conver'))
    with pytest.raises(AttributionError, match=r"sent JSON that breaks off, 6 times in a row\. Try again later"):
        read(three_calls)


def test_retry_after_is_honoured_and_a_wait_of_more_than_a_second_is_said(
    three_calls: Any, answer: Answer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "ingestion")
    fault = Times(1, "GET", "cursor=1", answer(429, {}, headers={"Retry-After": "2"}))
    moments: list[float] = []

    def watched(verb: str, url: str) -> Any:
        if "cursor=1" in url:
            moments.append(time.monotonic())
        return fault(verb, url)

    three_calls.misbehave = watched
    read(three_calls)
    assert moments[1] - moments[0] >= 2
    assert caplog.messages == ["Genesys Cloud's rate limit is used up; going on in 2 s."]


def test_a_short_wait_and_one_for_a_server_that_is_down_are_not_said(
    three_calls: Any, answer: Answer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "ingestion")
    three_calls.misbehave = Times(1, "GET", "cursor=1", answer(429, {}, headers={"Retry-After": "1"}))
    read(three_calls)
    three_calls.misbehave = Times(1, "GET", "cursor=1", answer(503, {}, headers={"Retry-After": "2"}))
    read(three_calls)
    assert not caplog.messages


def test_a_server_that_stays_away_is_a_sentence(three_calls: Any, answer: Answer) -> None:
    three_calls.misbehave = Times(99, "GET", "/routing/skills", answer(503, {"message": "Down."}))
    with pytest.raises(AttributionError, match=r"GET /api/v2/routing/skills with 503, 6 times in a row \(Down\)"):
        run_source("genesys")


def test_a_token_that_expires_between_two_pages_is_renewed(three_calls: Any) -> None:
    def expire(verb: str, url: str) -> None:
        if url.endswith("cursor=1") and three_calls.tokens == {"token-1"}:
            # The next request, for the last page, finds its token dead.
            three_calls.tokens.clear()
            three_calls.tokens.add("somebody else's")

    three_calls.misbehave = expire
    assert read(three_calls) == ["c1", "c2", "c3"]
    assert [path for _, path in three_calls.requests].count("/oauth/token") == 2


def test_a_token_that_is_refused_again_and_again_is_a_sentence(three_calls: Any, answer: Answer) -> None:
    three_calls.misbehave = Times(99, "GET", "/api/v2/flows", answer(401, {"message": "Bad token."}))
    with pytest.raises(AttributionError, match=r"refused GET /api/v2/flows.* just given \(Bad token\)"):
        run_source("genesys")


def test_a_cursor_that_is_refused_starts_the_results_again(three_calls: Any, answer: Answer) -> None:
    three_calls.misbehave = Times(1, "GET", "cursor=2", answer(400, {"message": "The cursor could not be read."}))
    assert read(three_calls) == ["c1", "c2", "c1", "c2", "c3"]


def test_a_request_that_is_refused_before_any_cursor_is_a_sentence(three_calls: Any, answer: Answer) -> None:
    fault = Times(99, "GET", "/results", answer(400, {"message": "Bad page size."}))
    three_calls.misbehave = fault
    with pytest.raises(AttributionError, match=r"job-0/results with 400: Bad page size\."):
        read(three_calls)
    assert fault.given == 1


@pytest.mark.parametrize("state", ["FAILED", "EXPIRED", "CANCELLED"])
def test_a_job_that_ends_badly_is_made_again(three_calls: Any, answer: Answer, state: str) -> None:
    three_calls.misbehave = Times(2, "GET", f"{JOBS}/job-", answer(200, {"state": state, "errorMessage": "No."}))
    assert read(three_calls) == ["c1", "c2", "c3"]
    assert three_calls.intervals == ["2026-06-01T00:00:00.000Z/2026-06-15T00:00:00.000Z"] * 3


def test_a_job_that_fails_three_times_is_a_sentence(three_calls: Any, answer: Answer) -> None:
    failed = answer(200, {"state": "FAILED", "errorMessage": "Too much data"})
    three_calls.misbehave = Times(99, "GET", f"{JOBS}/job-", failed)
    with pytest.raises(AttributionError, match=r"3 jobs in a row \(FAILED: Too much data\).*GENESYS__WINDOW_DAYS"):
        run_source("genesys")
    assert three_calls.intervals.count(three_calls.intervals[0]) == 3


def test_results_that_expire_while_they_are_read_are_asked_for_again(three_calls: Any, answer: Answer) -> None:
    three_calls.misbehave = Times(1, "GET", "cursor=1", answer(404, {"message": "No such job."}))
    assert read(three_calls) == ["c1", "c1", "c2", "c3"]
    assert len(three_calls.intervals) == 2


def test_a_job_that_never_ends_is_a_sentence(three_calls: Any, answer: Answer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(genesys_settings, "POLL_PATIENCE", 0.1)
    three_calls.misbehave = Times(9999, "GET", f"{JOBS}/job-", answer(200, {"state": "RUNNING"}))
    with pytest.raises(AttributionError, match="job-0 is still RUNNING"):
        read(three_calls)


def test_a_wrong_secret_is_a_sentence(small_org: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GENESYSCLOUD_OAUTHCLIENT_SECRET", "wrong")
    with pytest.raises(AttributionError) as caught:
        run_source("genesys")
    assert "does not accept the OAuth client client (authentication failed)" in caught.value.message
    assert "GENESYSCLOUD_OAUTHCLIENT_SECRET" in caught.value.remedy
    assert "wrong" not in str(caught.value)


def test_a_missing_permission_is_named(small_org: Any, answer: Answer) -> None:
    body = {"message": "You must have at least one of the following permissions assigned: [routing:queue:view]"}
    small_org.misbehave = Times(99, "GET", "/routing/queues", answer(403, body))
    with pytest.raises(AttributionError) as caught:
        run_source("genesys")
    assert caught.value.message == (
        "The OAuth client may not do GET /api/v2/routing/queues: it lacks the permission routing:queue:view."
    )
    assert "role of the OAuth client" in caught.value.remedy


def test_a_missing_setting_is_named(small_org: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GENESYSCLOUD_OAUTHCLIENT_ID")
    with pytest.raises(AttributionError, match="GENESYSCLOUD_OAUTHCLIENT_ID is not set"):
        run_source("genesys")


def test_a_region_that_is_none_is_named(small_org: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GENESYSCLOUD_BASE_URL")
    monkeypatch.setenv("GENESYSCLOUD_REGION", "mars")
    with pytest.raises(AttributionError, match="GENESYSCLOUD_REGION is 'mars'"):
        run_source("genesys")


def test_a_region_without_a_host_is_a_sentence(small_org: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GENESYSCLOUD_BASE_URL")
    # .invalid is reserved: no resolver answers for it.
    monkeypatch.setenv("GENESYSCLOUD_REGION", "wrong-region.invalid")
    with pytest.raises(AttributionError) as caught:
        run_source("genesys")
    assert caught.value.message == (
        "Genesys Cloud at https://login.wrong-region.invalid can't be reached: there is no host of that name."
    )
    assert "GENESYSCLOUD_REGION" in caught.value.remedy


def test_a_host_where_nothing_answers_is_a_sentence(small_org: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GENESYSCLOUD_BASE_URL", "http://127.0.0.1:9")
    with pytest.raises(AttributionError, match=r"http://127\.0\.0\.1:9 can't be reached: nothing answers there"):
        run_source("genesys")


def test_another_org_does_not_get_into_the_same_warehouse(
    three_calls: Any, warehouse: Query, warehouse_file: Any
) -> None:
    run_source("genesys")
    three_calls.organization = {"id": "org-2", "name": "Second org"}
    with pytest.raises(AttributionError) as caught:
        run_source("genesys")
    assert caught.value.message == (
        f"{warehouse_file} holds the Genesys Cloud org First org (org-1), and the load would read Second org (org-2)."
    )
    assert "ATTRIBUTION_DUCKDB_PATH" in caught.value.remedy
    assert warehouse("select id from raw_genesys.organization") == [{"id": "org-1"}]


def test_an_error_on_a_late_page_leaves_the_raw_tables_as_they_were(
    three_calls: Any, warehouse: Query, answer: Answer, a_conversation: Callable[..., dict[str, Any]]
) -> None:
    run_source("genesys")

    def everything() -> list[list[dict[str, Any]]]:
        tables = warehouse(
            "select table_schema || '.' || table_name as name from information_schema.tables"
            " where table_schema like 'raw_genesys%' order by name"
        )
        return [warehouse(f"select * from {table['name']} order by all") for table in tables]

    before = everything()
    three_calls.conversations.append(a_conversation("c4", "2026-06-14T10:00:00.000Z", "2026-06-14T10:05:00.000Z"))
    three_calls.conversations.append(a_conversation("c5", "2026-06-14T11:00:00.000Z", "2026-06-14T11:05:00.000Z"))
    three_calls.misbehave = Times(99, "GET", "cursor=1", answer(403, {"message": "Missing [analytics:x:view]"}))
    with pytest.raises(AttributionError, match="analytics:x:view"):
        run_source("genesys")
    assert everything() == before
    three_calls.misbehave = lambda verb, url: None
    run_source("genesys")
    assert loaded(warehouse) == ["c1", "c2", "c3", "c4", "c5"]
