"""Reading by the Bulk API: when it is chosen, what its pages say, and what happens where a job goes wrong."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.responses import JSONResponse, Response

from common import settings
from common.errors import AttributionError
from ingestion.salesforce import bulk
from ingestion.salesforce.client import Client

SOQL = "SELECT Id, IsWon, Amount, Name, RecordType.DeveloperName, CloseDate, ConversionDate__c FROM Opportunity"


@pytest.fixture
def org(salesforce_org: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Three opportunities; results come in pages of two rows."""
    monkeypatch.setattr(bulk, "FIRST_WAIT", 0.001)
    monkeypatch.setattr(bulk, "PAGE_ROWS", 2)
    salesforce_org.rows["RecordType"] = [{"Id": "012000000000001AAA", "DeveloperName": "Renewal"}]
    won = salesforce_org.rows["Opportunity"][0] | {"RecordTypeId": "012000000000001AAA"}
    salesforce_org.rows["Opportunity"] = [
        won | {"Name": 'A "b", c\nd'},
        won | {"Id": "006000000000002AAA", "IsDeleted": True, "Amount": None, "IsWon": False},
        won | {"Id": "006000000000003AAA", "RecordTypeId": None, "Name": ""},
    ]
    return salesforce_org


def read(bulk_rows: int = 2) -> list[list[dict[str, Any]]]:
    return list(Client(settings.salesforce(), bulk_rows).pages(SOQL, "Opportunity"))


def test_more_rows_than_the_limit_come_by_a_job_in_pages_of_bounded_size(org: Any) -> None:
    pages = read()
    assert [len(page) for page in pages] == [2, 1]
    assert [tuple(row.values())[1:] for page in pages for row in page] == [
        ("true", "1234.56", 'A "b", c\nd', "Renewal", "2026-06-02", "2026-06-02T11:04:05.000Z"),
        ("false", None, "Renewal", "Renewal", "2026-06-02", "2026-06-02T11:04:05.000Z"),
        ("true", "1234.56", None, None, "2026-06-02", "2026-06-02T11:04:05.000Z"),
    ]
    # It is looked at until it is done, and deleted once it was read.
    assert [request.partition("/jobs/query")[2].partition("?")[0] for request in org.requests[-7:]] == [
        "",
        *["/750000000000001AAA"] * 3,
        *["/750000000000001AAA/results"] * 2,
        "/750000000000001AAA",
    ]


def test_no_more_rows_than_the_limit_come_page_by_page(org: Any) -> None:
    assert [row["IsWon"] for page in read(3) for row in page] == [True, False, True]
    assert org.asked("/jobs/") == 0


def test_what_the_bulk_api_does_not_take_is_read_page_by_page(org: Any) -> None:
    refused = [{"errorCode": "INVALIDENTITY", "message": "Entity 'Opportunity' is not supported by the Bulk API."}]
    org.misbehave = lambda verb, path: JSONResponse(refused, 400) if "/jobs/query" in path else None
    assert [len(page) for page in read()] == [3]


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ({"state": "Failed", "errorMessage": "QUERY_TIMEOUT: Your query took too long"}, "is Failed (QUERY_TIMEOUT"),
        ({"state": "Aborted"}, "is Aborted (it says no reason)"),
    ],
)
def test_a_job_that_ends_badly_is_a_sentence(org: Any, answer: dict[str, str], said: str) -> None:
    org.misbehave = lambda verb, path: JSONResponse(answer) if verb == "GET" and "/jobs/query/" in path else None
    with pytest.raises(AttributionError) as caught:
        read()
    assert f"Salesforce's bulk query job for Opportunity {said}" in caught.value.message
    assert "SOURCES__SALESFORCE__BULK_ROWS" in caught.value.remedy


def test_a_job_that_does_not_end_is_given_up(org: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk, "MOST_SECONDS", -1)
    with pytest.raises(AttributionError, match="has not ended in"):
        read()


@pytest.mark.parametrize(("times", "outcome"), [(2, "read"), (99, "given up")])
def test_a_page_with_fewer_rows_than_it_says_is_asked_for_again(org: Any, times: int, outcome: str) -> None:
    left = [times]

    def misbehave(verb: str, path: str) -> Response | None:
        if "/results" not in path or left[0] == 0:
            return None
        left[0] -= 1
        headers = {"Sforce-Locator": "null", "Sforce-NumberOfRecords": "2"}
        return Response('"Id"\n"006000000000001AAA"\n', media_type="text/csv", headers=headers)

    org.misbehave = misbehave
    if outcome == "read":
        assert [len(page) for page in read()] == [2, 1]
    else:
        with pytest.raises(AttributionError, match="a part of a page alone while reading Opportunity"):
            read()
