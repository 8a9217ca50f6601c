"""Details jobs and the details query: what they find, what they refuse."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from sdk_models import assert_fits

from sandbox.org import Org
from sandbox.server import Sandbox

DETAILS = "/api/v2/analytics/conversations/details"
JOBS = f"{DETAILS}/jobs"
DAY = "2026-01-02T00:00:00.000Z/2026-01-03T00:00:00.000Z"


def ids(conversations: list[dict[str, Any]]) -> list[str]:
    return [one["conversationId"] for one in conversations]


def test_a_job_is_queued_then_running_then_fulfilled(client: Any) -> None:
    job_id = client("POST", JOBS, {"interval": DAY}).json()["jobId"]
    early = client("GET", f"{JOBS}/{job_id}/results")
    assert (early.status_code, early.json()["code"]) == (400, "bad.request")
    states = [client("GET", f"{JOBS}/{job_id}").json()["state"] for _ in range(4)]
    assert states == ["QUEUED", "RUNNING", "FULFILLED", "FULFILLED"]


@pytest.mark.parametrize("outcome", ["FAILED", "EXPIRED"])
def test_a_job_may_end_without_results(sandbox: Sandbox, client: Any, outcome: str) -> None:
    sandbox.genesys.job_outcomes.append(outcome)
    job_id = client("POST", JOBS, {"interval": DAY}).json()["jobId"]
    answers = [client("GET", f"{JOBS}/{job_id}").json() for _ in range(3)]
    assert answers[-1]["state"] == outcome
    assert ("errorMessage" in answers[-1]) is (outcome == "FAILED")
    assert client("GET", f"{JOBS}/{job_id}/results").status_code == 400
    client.fulfilled_job(DAY)


def test_a_job_finds_all_conversations_active_in_its_interval(client: Any) -> None:
    # Calls begin on the hour from 2026-01-01 09:00 and last five minutes: number 15 begins at midnight.
    found = client.job_conversations(client.fulfilled_job("2026-01-02T00:02:00Z/2026-01-02T02:00:00Z"))
    assert [int(each[-4:]) for each in ids(found)] == [15, 16]
    touching = client.job_conversations(client.fulfilled_job("2026-01-02T00:05:00Z/2026-01-02T00:06:00Z"))
    assert [int(each[-4:]) for each in ids(touching)] == [15]
    after = client.job_conversations(client.fulfilled_job("2026-01-02T00:05:01Z/2026-01-02T00:59:00Z"))
    assert after == []


def test_an_open_conversation_is_active_ever_since(
    run_sandbox: Callable[..., Sandbox], client_of: Any, org: Org
) -> None:
    del org.conversations[10]["conversationEnd"]
    client = client_of(run_sandbox(org).base_url)
    found = client.job_conversations(client.fulfilled_job("2026-05-01T00:00:00Z/2026-05-02T00:00:00Z"))
    assert ids(found) == [org.conversations[10]["conversationId"]]
    assert "conversationEnd" not in found[0]


def test_jobs_see_nothing_after_the_availability_date(
    run_sandbox: Callable[..., Sandbox], client_of: Any, org: Org
) -> None:
    # In the middle of call number 15, one minute into its second segment.
    available = datetime(2026, 1, 2, 0, 2, tzinfo=UTC)
    sandbox = run_sandbox(org, availability=available)
    client = client_of(sandbox.base_url)
    assert client("GET", f"{JOBS}/availability").json() == {"dataAvailabilityDate": "2026-01-02T00:02:00.000Z"}
    found = client.job_conversations(client.fulfilled_job(DAY))
    assert [int(each[-4:]) for each in ids(found)] == [15]
    segments = found[0]["participants"][0]["sessions"][0]["segments"]
    assert "conversationEnd" not in found[0]
    assert [segment.get("segmentEnd") for segment in segments] == ["2026-01-02T00:01:00.000Z", None]
    assert "wrapUpCode" not in segments[1]
    assert_fits(found, "list[AnalyticsConversation]")
    live = client("POST", f"{DETAILS}/query", {"interval": DAY, "paging": {"pageSize": 100, "pageNumber": 1}})
    assert live.json()["totalHits"] == 24
    sandbox.genesys.availability = datetime(2026, 2, 1, tzinfo=UTC)
    assert len(client.job_conversations(client.fulfilled_job(DAY))) == 24


def test_the_query_has_no_attributes_and_pages_by_number(client: Any) -> None:
    pages = [
        client("POST", f"{DETAILS}/query", {"interval": DAY, "paging": {"pageSize": 10, "pageNumber": number}}).json()
        for number in (1, 2, 3, 4)
    ]
    assert [len(page["conversations"]) for page in pages] == [10, 10, 4, 0]
    assert {page["totalHits"] for page in pages} == {24}
    shown = [participant for page in pages for one in page["conversations"] for participant in one["participants"]]
    assert not any("attributes" in participant for participant in shown)


def test_filters_order_and_limit_are_honoured(client: Any) -> None:
    sale = {
        "type": "and",
        "predicates": [{"type": "dimension", "dimension": "wrapUpCode", "operator": "matches", "value": "Sale"}],
    }
    even = client.job_conversations(client.fulfilled_job(DAY, segmentFilters=[sale], order="desc", limit=3))
    assert [int(each[-4:]) for each in ids(even)] == [38, 36, 34]
    inbound = {"type": "or", "predicates": [{"dimension": "originatingDirection", "value": "inbound"}]}
    assert client.job_conversations(client.fulfilled_job(DAY, conversationFilters=[inbound])) == []


def test_a_cursor_belongs_to_its_job(client: Any) -> None:
    first, second = client.fulfilled_job(DAY), client.fulfilled_job(DAY)
    cursor = client("GET", f"{JOBS}/{first}/results", params={"pageSize": 5}).json()["cursor"]
    assert client("GET", f"{JOBS}/{first}/results", params={"cursor": cursor}).status_code == 200
    for path, wrong in ((second, cursor), (first, "bm9uc2Vuc2U="), (first, "ü")):
        answer = client("GET", f"{JOBS}/{path}/results", params={"cursor": wrong})
        assert (answer.status_code, answer.json()["code"]) == (400, "bad.request")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "interval"),
        ({"interval": 7}, "interval"),
        ({"interval": "2026-01-01"}, "interval"),
        ({"interval": "2026-01-01T00:00:00Z/soon"}, "interval"),
        ({"interval": "2026-01-02T00:00:00Z/2026-01-01T00:00:00Z"}, "interval"),
        ({"interval": DAY, "intervall": DAY}, "intervall"),
        ({"interval": DAY, "limit": "7"}, "limit"),
        ({"interval": DAY, "limit": 0}, "limit"),
        ({"interval": DAY, "order": "up"}, "order"),
        ({"interval": DAY, "segmentFilters": {}}, "segmentFilters"),
        ({"interval": DAY, "segmentFilters": [{"type": "and"}]}, "type"),
        (
            {"interval": DAY, "segmentFilters": [{"type": "and", "predicates": [{"color": "red"}]}]},
            "segmentFilters[0].predicates[0].color",
        ),
        ({"interval": DAY, "surveyFilters": [{}]}, "surveyFilters"),
        ({"interval": DAY, "paging": {"pageSize": 5}}, "paging"),
        ([], "body"),
    ],
)
def test_a_job_with_a_wrong_body_is_refused(client: Any, body: Any, field: str) -> None:
    answer = client("POST", JOBS, body)
    assert answer.status_code == 400, answer.text
    assert answer.json()["details"][0]["fieldName"] == field


@pytest.mark.parametrize(
    "body",
    [
        {"interval": "2026-01-01T00:00:00Z/2026-02-01T00:00:01Z"},
        {"interval": DAY, "paging": {"pageSize": 101, "pageNumber": 1}},
        {"interval": DAY, "paging": {"pageSize": 10, "pageNumber": -1}},
        {"interval": DAY, "limit": 5},
    ],
)
def test_a_query_beyond_its_limits_is_refused(client: Any, body: dict[str, Any]) -> None:
    assert client("POST", f"{DETAILS}/query", body).status_code == 400
    assert client("POST", f"{DETAILS}/query", {"interval": "2026-01-01T00:00:00Z/2026-02-01T00:00:00Z"}).ok


@pytest.mark.parametrize("query", ["pageSize=1001", "pageSize=0", "pageSize=ten", "page=1", "cursor=x&pagesize=5"])
def test_a_result_page_with_wrong_parameters_is_refused(client: Any, query: str) -> None:
    job_id = client.fulfilled_job(DAY)
    assert client("GET", f"{JOBS}/{job_id}/results?{query}").status_code == 400


def test_ids_are_the_same_in_every_run(run_sandbox: Callable[..., Sandbox], client_of: Any, org: Org) -> None:
    runs = []
    for _ in range(2):
        client = client_of(run_sandbox(org).base_url)
        runs.append([client("POST", JOBS, {"interval": DAY}).json()["jobId"] for _ in range(2)])
    assert runs[0] == runs[1]
    assert len(set(runs[0])) == 2
