"""The Salesforce stand-in, driven by simple-salesforce and by plain HTTP."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
import requests
import uvicorn
from simple_salesforce import (
    Salesforce,
    SalesforceExpiredSession,
    SalesforceMalformedRequest,
    SalesforceResourceNotFound,
)
from starlette.applications import Starlette

from sandbox.org import Org
from sandbox.salesforce import routes
from sandbox.salesforce.metadata import OBJECTS

LEADS = 4500
CREDENTIALS = {
    "grant_type": "client_credentials",
    "client_id": "sandbox-client",
    "client_secret": "sandbox-secret",
}


def lead(number: int) -> dict[str, Any]:
    return {
        "Id": f"00Q{number:012d}AAA",
        "IsDeleted": number == LEADS,
        "MasterRecordId": f"00Q{1:012d}AAA" if number == LEADS else None,
        "LastName": f"Lead {number}",
        "Email": "",
        "IsConverted": number % 2 == 0,
        "ConvertedDate": "2026-01-02" if number % 2 == 0 else None,
        "ConversionValue__c": 12.5,
        "SystemModstamp": "2026-01-02T03:04:05.000+0000",
    }


@pytest.fixture(scope="module")
def base_url() -> Iterator[str]:
    """A server over an org of 4,500 leads, the last of which is deleted (merged into the first)."""
    org = Org(seed=1, scale=1.0, as_of=date(2026, 6, 15), organization={})
    org.salesforce = {"Lead": [lead(number) for number in range(1, LEADS + 1)]}
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(Starlette(routes=routes(org)), log_level="warning", lifespan="off"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    server.should_exit = True
    thread.join()
    listener.close()


@pytest.fixture(scope="module")
def token(base_url: str) -> str:
    answer = requests.post(f"{base_url}/services/oauth2/token", data=CREDENTIALS, timeout=10)
    assert answer.status_code == 200
    return answer.json()["access_token"]


class PlainHttp(requests.Session):
    """simple-salesforce speaks https alone; on loopback the same request goes out without it."""

    def request(self, method: str, url: str, *arguments: Any, **options: Any) -> requests.Response:
        return super().request(method, url.replace("https://", "http://", 1), *arguments, **options)


def client(base_url: str, token: str) -> Salesforce:
    return Salesforce(instance_url=base_url, session_id=token, version="62.0", session=PlainHttp())


def get(base_url: str, path: str, token: str | None) -> requests.Response:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return requests.get(base_url + path, headers=headers, timeout=10)


def test_the_token_answer_has_what_salesforce_sends(base_url: str) -> None:
    answer = requests.post(f"{base_url}/services/oauth2/token", data=CREDENTIALS, timeout=10).json()
    assert set(answer) == {
        "access_token",
        "signature",
        "scope",
        "instance_url",
        "id",
        "token_type",
        "issued_at",
    }
    assert answer["instance_url"] == base_url
    assert answer["token_type"] == "Bearer"


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"client_secret": "wrong"}, "invalid_client"),
        ({"client_id": "nobody"}, "invalid_client_id"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
    ],
)
def test_a_wrong_login_gets_oauths_error(base_url: str, change: dict[str, str], error: str) -> None:
    answer = requests.post(f"{base_url}/services/oauth2/token", data={**CREDENTIALS, **change}, timeout=10)
    assert (answer.status_code, answer.json()["error"]) == (400, error)


def test_the_token_path_takes_post_alone(base_url: str) -> None:
    answer = requests.get(f"{base_url}/services/oauth2/token", timeout=10)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


@pytest.mark.parametrize("token_text", [None, "nonsense"])
def test_without_a_known_token_there_is_no_answer(base_url: str, token_text: str | None) -> None:
    answer = get(base_url, "/services/data/v62.0/sobjects", token_text)
    assert answer.status_code == 401
    assert answer.json() == [{"message": "Session expired or invalid", "errorCode": "INVALID_SESSION_ID"}]


def test_a_token_runs_out() -> None:
    from sandbox.salesforce.errors import ApiError
    from sandbox.salesforce.session import Sessions

    sessions = Sessions(token_seconds=-1)
    body = "grant_type=client_credentials&client_id=sandbox-client&client_secret=sandbox-secret"
    answer = sessions.login(body.encode(), "", "http://127.0.0.1")
    with pytest.raises(ApiError) as caught:
        sessions.visible(f"Bearer {answer['access_token']}", OBJECTS)
    assert caught.value.code == "INVALID_SESSION_ID"


def test_versions_are_listed(base_url: str) -> None:
    listed = get(base_url, "/services/data/", None).json()
    assert {"label": "Winter '25", "url": "/services/data/v62.0", "version": "62.0"} in listed


def test_query_all_pages_through_every_row(base_url: str, token: str) -> None:
    result = client(base_url, token).query_all("SELECT Id, LastName FROM Lead ORDER BY Id")
    assert [row["LastName"] for row in result["records"]] == [f"Lead {n}" for n in range(1, LEADS)]


def test_a_page_has_2000_rows_and_names_the_next(base_url: str, token: str) -> None:
    salesforce = client(base_url, token)
    first = salesforce.query("SELECT Id FROM Lead ORDER BY Id", include_deleted=True)
    assert (first["totalSize"], first["done"], len(first["records"])) == (LEADS, False, 2000)
    second = salesforce.query_more(first["nextRecordsUrl"], identifier_is_url=True)
    assert (second["done"], len(second["records"])) == (False, 2000)
    third = salesforce.query_more(second["nextRecordsUrl"].rpartition("/")[2], include_deleted=True)
    assert (third["done"], len(third["records"])) == (True, 500)
    assert "nextRecordsUrl" not in third
    seen = [row["Id"] for page in (first, second, third) for row in page["records"]]
    assert seen == [lead(number)["Id"] for number in range(1, LEADS + 1)]


def test_a_batch_size_is_honoured(base_url: str, token: str) -> None:
    page = client(base_url, token).query("SELECT Id FROM Lead", headers={"Sforce-Query-Options": "batchSize=200"})
    assert len(page["records"]) == 200


def test_a_locator_that_was_never_given_out_is_refused(base_url: str, token: str) -> None:
    with pytest.raises(SalesforceMalformedRequest) as caught:
        client(base_url, token).query_more("01g000000009999AAA-2000")
    assert caught.value.content[0]["errorCode"] == "INVALID_QUERY_LOCATOR"


def test_records_carry_their_attributes_and_salesforces_types(base_url: str, token: str) -> None:
    fields = "Id, IsConverted, ConvertedDate, ConversionValue__c, SystemModstamp, Email, MasterRecordId"
    result = client(base_url, token).query(f"SELECT {fields} FROM Lead WHERE Id = '{lead(2)['Id']}'")
    assert dict(result["records"][0]) == {
        "attributes": {"type": "Lead", "url": f"/services/data/v62.0/sobjects/Lead/{lead(2)['Id']}"},
        "Id": lead(2)["Id"],
        "IsConverted": True,
        "ConvertedDate": "2026-01-02",
        "ConversionValue__c": 12.5,
        "SystemModstamp": "2026-01-02T03:04:05.000+0000",
        "Email": None,
        "MasterRecordId": None,
    }


def test_deleted_rows_come_with_query_all_only(base_url: str, token: str) -> None:
    salesforce = client(base_url, token)
    query = "SELECT Id, IsDeleted, MasterRecordId FROM Lead WHERE MasterRecordId != null"
    assert salesforce.query(query)["totalSize"] == 0
    merged = salesforce.query(query, include_deleted=True)["records"]
    assert [(row["IsDeleted"], row["MasterRecordId"]) for row in merged] == [(True, lead(1)["Id"])]


def test_count_answers_with_the_total_size(base_url: str, token: str) -> None:
    result = client(base_url, token).query("SELECT COUNT() FROM Lead WHERE IsConverted = false")
    assert dict(result) == {"totalSize": LEADS // 2, "done": True, "records": []}


def test_describe_names_fields_and_types(base_url: str, token: str) -> None:
    salesforce = client(base_url, token)
    described = salesforce.Lead.describe()
    types = {field["name"]: field["type"] for field in described["fields"]}
    assert described["name"] == "Lead"
    assert types["SystemModstamp"] == "datetime"
    assert types["ConvertedDate"] == "date"
    assert types["ConversionValue__c"] == "currency"
    assert types["IsConverted"] == "boolean"
    assert {entity["name"] for entity in salesforce.describe()["sobjects"]} == set(OBJECTS)


def test_every_described_field_can_be_queried(base_url: str, token: str) -> None:
    salesforce = client(base_url, token)
    for entity in salesforce.describe()["sobjects"]:
        described = getattr(salesforce, entity["name"]).describe()
        names = [field["name"] for field in described["fields"]]
        salesforce.query(f"SELECT {', '.join(names)} FROM {entity['name']} LIMIT 1")


def test_one_record_is_read_by_its_id(base_url: str, token: str) -> None:
    salesforce = client(base_url, token)
    assert salesforce.Lead.get(lead(3)["Id"])["LastName"] == "Lead 3"
    with pytest.raises(SalesforceResourceNotFound):
        salesforce.Lead.get(lead(LEADS)["Id"])


def test_an_unknown_object_is_not_found(base_url: str, token: str) -> None:
    with pytest.raises(SalesforceResourceNotFound) as caught:
        client(base_url, token).Nothing__c.describe()
    assert caught.value.content[0]["errorCode"] == "NOT_FOUND"


def test_a_malformed_query_is_a_malformed_request(base_url: str, token: str) -> None:
    with pytest.raises(SalesforceMalformedRequest) as caught:
        client(base_url, token).query("SELECT Id FROM Lead WHERE")
    assert caught.value.content[0]["errorCode"] == "MALFORMED_QUERY"


def test_an_old_token_is_an_expired_session(base_url: str) -> None:
    with pytest.raises(SalesforceExpiredSession):
        client(base_url, "00D000000000001!old").query("SELECT Id FROM Lead")


def test_the_weaker_client_does_not_see_opportunities(base_url: str) -> None:
    weak = {**CREDENTIALS, "client_id": "sandbox-weak"}
    answer = requests.post(f"{base_url}/services/oauth2/token", data=weak, timeout=10).json()
    salesforce = client(base_url, answer["access_token"])
    assert salesforce.query("SELECT Id FROM Lead LIMIT 1")["totalSize"] == 1
    with pytest.raises(SalesforceMalformedRequest) as caught:
        salesforce.query("SELECT Id FROM Opportunity")
    assert caught.value.content[0]["errorCode"] == "INVALID_TYPE"


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/services/data/v62.0/nothing", 404, "NOT_FOUND"),
        ("GET", "/services/data/v12.0/sobjects", 404, "NOT_FOUND"),
        ("GET", "/services/data/62.0/sobjects", 404, "NOT_FOUND"),
        ("GET", "/services/apexrest/thing", 404, "NOT_FOUND"),
        ("GET", "/services/data/v62.0/sobjects/Lead/describe/more", 404, "NOT_FOUND"),
        ("GET", "/services/data/v62.0/query", 400, "MALFORMED_QUERY"),
        ("GET", "/services/data/v62.0/query?q=%27%00", 400, "MALFORMED_QUERY"),
        ("POST", "/services/data/v62.0/query?q=SELECT+Id+FROM+Lead", 405, "METHOD_NOT_ALLOWED"),
        ("DELETE", "/services/data/v62.0/sobjects/Lead/00Q000000000001AAA", 405, "METHOD_NOT_ALLOWED"),
        ("PATCH", "/services/data/v62.0/sobjects/Lead/00Q000000000001AAA", 405, "METHOD_NOT_ALLOWED"),
        ("PUT", "/services/data/", 405, "METHOD_NOT_ALLOWED"),
    ],
)
def test_what_the_api_does_not_have_gets_salesforces_error(
    base_url: str, token: str, method: str, path: str, status: int, code: str
) -> None:
    headers = {"Authorization": f"Bearer {token}"}
    answer = requests.request(method, base_url + path, headers=headers, timeout=10)
    assert answer.status_code == status
    assert answer.json()[0]["errorCode"] == code
