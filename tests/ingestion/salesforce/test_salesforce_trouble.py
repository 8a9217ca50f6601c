"""What a Salesforce load survives, and what it stops at with a sentence and nothing half-loaded."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

from common import settings
from common.errors import AttributionError
from common.warehouse import connect
from ingestion.pipeline import run_source
from ingestion.salesforce.client import Client

Query = Callable[[str], list[dict[str, Any]]]


class Cut(Response):
    """Promises a body and hangs up in the middle of it."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = [(b"content-type", b"application/json"), (b"content-length", b"1000")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b'{"done": tr', "more_body": True})


def refusal(status: int, code: str) -> JSONResponse:
    return JSONResponse([{"message": f"about {code}", "errorCode": code}], status)


def failing(part: str, answer: Response, times: int = 10**6) -> Callable[[str, str], Response | None]:
    """Answer requests that have ``part`` in them with ``answer``, so many times."""
    left = [times]

    def misbehave(verb: str, path: str) -> Response | None:
        if part not in path or left[0] == 0:
            return None
        left[0] -= 1
        return answer

    return misbehave


def failure(**options: Any) -> AttributionError:
    with pytest.raises(AttributionError) as caught:
        run_source("salesforce", **options)
    assert caught.value.remedy
    return caught.value


def many_contacts() -> list[dict[str, Any]]:
    stamped = {name: "2026-06-01T00:00:00.000+0000" for name in ("CreatedDate", "SystemModstamp")}
    return [{"Id": f"003{number:012d}AAA", **stamped} for number in range(2500)]


def test_a_wrong_secret_is_named(salesforce_org: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SALESFORCE_CLIENT_SECRET", "wrong")
    error = failure()
    assert "does not accept SALESFORCE_CLIENT_SECRET" in error.message
    assert "connected app" in error.remedy
    assert salesforce_org.asked("/services/oauth2/token") == 1


def test_a_wrong_client_id_is_named(salesforce_org: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SALESFORCE_CLIENT_ID", "nobody")
    assert "does not accept SALESFORCE_CLIENT_ID" in failure().message


def test_a_missing_setting_is_named(warehouse_file: Path) -> None:
    assert "SALESFORCE_INSTANCE_URL is not set" in failure().message


def test_an_unreachable_host_is_named(salesforce_org: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
    monkeypatch.setenv("SALESFORCE_INSTANCE_URL", url)
    error = failure()
    assert url in error.message
    assert "refused" in error.message
    assert "SALESFORCE_INSTANCE_URL" in error.remedy


def test_a_host_that_is_no_salesforce_is_named(salesforce_org: Any) -> None:
    salesforce_org.misbehave = failing("/oauth2/token", Response("<html>", 404))
    assert "is no Salesforce org" in failure().message


def test_an_object_that_the_user_may_not_read_is_named(salesforce_org: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SALESFORCE_CLIENT_ID", "sandbox-weak")
    error = failure()
    assert error.message == "Salesforce shows this user no object Opportunity."
    assert "Read" in error.remedy


def test_a_needed_field_that_the_user_may_not_read_is_named(salesforce_org: Any) -> None:
    salesforce_org.objects["Opportunity"] = salesforce_org.objects["Opportunity"].without("IsWon")
    assert failure().message == "Salesforce shows this user no IsWon on Opportunity."


def test_a_user_without_the_api_is_told_which_permission_is_missing(salesforce_org: Any) -> None:
    salesforce_org.misbehave = failing("/sobjects/", refusal(403, "API_CURRENTLY_DISABLED"))
    error = failure()
    assert "API_CURRENTLY_DISABLED" in error.message
    assert "API Enabled" in error.remedy


def test_a_used_up_request_limit_is_named(salesforce_org: Any) -> None:
    salesforce_org.misbehave = failing("queryAll", refusal(403, "REQUEST_LIMIT_EXCEEDED"))
    error = failure()
    assert "limit of API requests" in error.message
    assert "24-hour" in error.remedy


def test_nothing_is_half_loaded_when_a_later_object_fails(salesforce_org: Any, warehouse_file: Path) -> None:
    salesforce_org.misbehave = failing("/sobjects/Task", refusal(403, "API_CURRENTLY_DISABLED"))
    failure()
    with connect() as warehouse:
        assert not warehouse.exists("raw_salesforce", "lead")
        assert not warehouse.exists("raw_salesforce", "completed_loads")


@pytest.mark.parametrize(
    "answer",
    [
        Cut(),
        Response('{"totalSize": 1, "done": tr', media_type="application/json"),
        refusal(500, "UNKNOWN_EXCEPTION"),
        Response("<html>Bad gateway</html>", 502),
        refusal(503, "SERVER_UNAVAILABLE"),
        Response(status_code=429, headers={"Retry-After": "0"}),
        refusal(401, "INVALID_SESSION_ID"),
        refusal(403, "REQUEST_LIMIT_EXCEEDED"),
    ],
    ids=["cut", "truncated", "500", "502", "503", "429", "401", "limit"],
)
@pytest.mark.parametrize("where", ["/sobjects/Contact/describe", "queryAll?q=", "/query/01g"])
def test_a_passing_failure_is_outlasted(salesforce_org: Any, where: str, answer: Response) -> None:
    salesforce_org.rows["Contact"] = many_contacts()
    salesforce_org.misbehave = failing(where, answer, times=2)
    client = Client(settings.salesforce())
    described = client.describe("Contact")
    assert described is not None and described.types["Id"] == "id"
    pages = list(client.pages("SELECT Id FROM Contact", "Contact"))
    assert [len(page) for page in pages] == [2000, 500]
    assert salesforce_org.asked(where) == 3


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (Cut(), "cut the connection"),
        (Response('{"done": tr', media_type="application/json"), "no JSON, or not the whole of it"),
        (refusal(503, "SERVER_UNAVAILABLE"), "SERVER_UNAVAILABLE"),
        (refusal(401, "INVALID_SESSION_ID"), "ended the session"),
        (JSONResponse({"done": True}), "without records"),
        (refusal(400, "QUERY_TIMEOUT"), "QUERY_TIMEOUT"),
    ],
    ids=["cut", "truncated", "503", "401", "no records", "400"],
)
def test_a_lasting_failure_ends_with_a_sentence(salesforce_org: Any, answer: Response, says: str) -> None:
    salesforce_org.misbehave = failing("queryAll", answer)
    with pytest.raises(AttributionError) as caught:
        list(Client(settings.salesforce()).pages("SELECT Id FROM Lead", "Lead"))
    assert says in caught.value.message
    assert caught.value.remedy
    assert salesforce_org.asked("queryAll") <= 5


def test_a_session_that_ends_in_mid_page_is_opened_anew_once(salesforce_org: Any, warehouse: Query) -> None:
    salesforce_org.rows["Contact"] = many_contacts()
    salesforce_org.misbehave = failing("/query/01g", refusal(401, "INVALID_SESSION_ID"), times=1)
    run_source("salesforce")
    assert salesforce_org.asked("/services/oauth2/token") == 2
    assert warehouse("select count(*) as n from raw_salesforce.contact") == [{"n": 2500}]


def test_a_failing_login_is_tried_again(salesforce_org: Any, warehouse: Query) -> None:
    salesforce_org.misbehave = failing("/oauth2/token", Response("busy", 503), times=2)
    run_source("salesforce")
    assert warehouse("select count(*) as n from raw_salesforce.lead") == [{"n": 3}]


def test_a_query_that_salesforce_forgot_is_read_from_its_start(salesforce_org: Any, warehouse: Query) -> None:
    salesforce_org.rows["Contact"] = many_contacts()
    salesforce_org.misbehave = failing("/query/01g", refusal(400, "INVALID_QUERY_LOCATOR"), times=1)
    run_source("salesforce")
    counted = warehouse("select count(*) as n, count(distinct id) as ids from raw_salesforce.contact")
    assert counted == [{"n": 2500, "ids": 2500}]


def test_the_token_goes_to_no_other_host(salesforce_org: Any) -> None:
    elsewhere = {
        "totalSize": 1,
        "done": False,
        "nextRecordsUrl": "http://127.0.0.2:9/services/data/v62.0/query/x",
        "records": [],
    }
    salesforce_org.misbehave = failing("queryAll", Response(json.dumps(elsewhere), media_type="application/json"))
    assert "another host, 127.0.0.2:9" in failure().message
