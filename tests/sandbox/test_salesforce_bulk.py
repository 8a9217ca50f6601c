"""The stand-in's Bulk API 2.0, driven by simple-salesforce's bulk2 client and by plain HTTP."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import pytest
import requests
from simple_salesforce.exceptions import SalesforceOperationError
from test_salesforce_api import LEADS, base_url, client, token  # noqa: F401

SOQL = "SELECT Id, Email, IsConverted, SystemModstamp, ConversionValue__c FROM Lead"
JOBS = "/services/data/v62.0/jobs/query"


def ask(base_url: str, token: str, method: str, path: str = "", body: Any = None, **parameters: str) -> Any:  # noqa: F811
    return requests.request(
        method,
        f"{base_url}{JOBS}{path}",
        headers={"Authorization": f"Bearer {token}"},
        params=parameters,
        data=None if body is None else json.dumps(body),
        timeout=10,
    )


def test_simple_salesforce_reads_pages_of_csv(base_url: str, token: str) -> None:  # noqa: F811
    bulk = client(base_url, token).bulk2.Lead
    pages = [list(csv.DictReader(io.StringIO(page))) for page in bulk.query(SOQL, max_records=2000, wait=0)]
    # Every page begins with the names of the fields; deleted rows are for queryAll.
    assert [len(page) for page in pages] == [2000, 2000, LEADS - 4001]
    assert pages[0][0] == {
        "Id": f"00Q{1:012d}AAA",
        "Email": "",
        "IsConverted": "false",
        "SystemModstamp": "2026-01-02T03:04:05.000Z",
        "ConversionValue__c": "12.5",
    }
    assert len({row["Id"] for page in pages for row in page}) == LEADS - 1
    everything = list(bulk.query_all(SOQL, wait=0))
    assert [page.count("\n") for page in everything] == [LEADS + 1]


def test_a_job_goes_from_made_to_done_and_can_be_deleted_then(base_url: str, token: str) -> None:  # noqa: F811
    made = ask(base_url, token, "POST", body={"operation": "query", "query": SOQL}).json()
    path = f"/{made['id']}"
    assert (made["state"], made["object"], made["id"][:3]) == ("UploadComplete", "Lead", "750")
    assert ask(base_url, token, "GET", f"{path}/results").status_code == 400
    assert ask(base_url, token, "DELETE", path).status_code == 400
    states = [ask(base_url, token, "GET", path).json()["state"] for _ in range(3)]
    assert states == ["UploadComplete", "InProgress", "JobComplete"]
    page = ask(base_url, token, "GET", f"{path}/results", maxRecords="4000")
    assert (page.headers["Sforce-NumberOfRecords"], page.headers["content-type"][:8]) == ("4000", "text/csv")
    last = ask(base_url, token, "GET", f"{path}/results", locator=page.headers["Sforce-Locator"])
    assert (last.headers["Sforce-NumberOfRecords"], last.headers["Sforce-Locator"]) == (str(LEADS - 4001), "null")
    assert ask(base_url, token, "DELETE", path).status_code == 204
    assert ask(base_url, token, "GET", path).status_code == 404


def test_an_aborted_job_is_an_error_for_simple_salesforce(base_url: str, token: str) -> None:  # noqa: F811
    bulk = client(base_url, token).bulk2.Lead
    made = bulk._client.create_job("query", query=SOQL)
    assert bulk._client.abort_job(made["id"], is_query=True)["state"] == "Aborted"
    with pytest.raises(SalesforceOperationError):
        bulk._client.wait_for_job(made["id"], is_query=True, wait=0)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"operation": "query", "query": "SELECT Nonsense FROM Lead"}, "INVALID_FIELD"),
        ({"operation": "query", "query": "SELECT COUNT() FROM Lead"}, "MALFORMED_QUERY"),
        ({"operation": "query", "query": "SELECT Id FROM Lead OFFSET 3"}, "MALFORMED_QUERY"),
        ({"operation": "query"}, "MALFORMED_QUERY"),
        ({"operation": "insert", "query": SOQL}, "API_ERROR"),
        ({"operation": "query", "query": SOQL, "object": "Lead"}, "API_ERROR"),
        ([], "JSON_PARSER_ERROR"),
    ],
)
def test_what_is_no_query_job_is_refused(base_url: str, token: str, body: Any, code: str) -> None:  # noqa: F811
    answer = ask(base_url, token, "POST", body=body)
    assert (answer.status_code, answer.json()[0]["errorCode"]) == (400, code)


def test_without_a_token_or_for_a_hidden_object_there_is_no_job(base_url: str, token: str) -> None:  # noqa: F811
    assert ask(base_url, "nonsense", "POST", body={"operation": "query", "query": SOQL}).status_code == 401
    answer = ask(base_url, token, "POST", body={"operation": "query", "query": "SELECT Id FROM Nowhere"})
    assert answer.json()[0]["errorCode"] == "INVALID_TYPE"
