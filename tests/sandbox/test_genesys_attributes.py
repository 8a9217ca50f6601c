"""Conversation custom attributes: schemas from core types, records with a lock, a status per record."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import requests

from sandbox.org import Org
from sandbox.server import Sandbox

SCHEMAS = "/api/v2/conversations/customattributes/schemas"


@pytest.fixture
def records(org: Org) -> str:
    return f"/api/v2/conversations/{org.conversations[5]['conversationId']}/customattributes"


def own(sandbox: Sandbox, name: str) -> Any:
    return requests.get(f"{sandbox.base_url}/_sandbox/{name}", timeout=5).json()


def test_a_schema_is_made_once(sandbox: Sandbox, client: Any, schema_body: dict[str, Any]) -> None:
    made = client("POST", SCHEMAS, schema_body).json()
    assert made["jsonSchema"]["properties"] == schema_body["properties"]
    assert made["jsonSchema"]["$schema"] == "http://json-schema.org/draft-04/schema#"
    again = client("POST", SCHEMAS, schema_body)
    assert (again.status_code, again.json()["code"]) == (409, "conflict")
    assert client("GET", f"{SCHEMAS}/{made['id']}").json() == made
    assert client("GET", SCHEMAS).json()["total"] == 1
    assert [(entry["kind"], entry["id"]) for entry in own(sandbox, "journal")] == [("schema", made["id"])]


NUMBER = {"allOf": [{"$ref": "#/definitions/number"}], "title": "Credit"}


@pytest.mark.parametrize(
    "change",
    [
        {"title": ""},
        {"title": None},
        {"titel": "x"},
        {"$schema": "http://json-schema.org/draft-07/schema#"},
        {"required": ["missing_text"]},
        {"properties": {}},
        {"properties": None},
        {"properties": {"credit_number": {"type": "number", "title": "Credit"}}},
        {"properties": {"credit_number": {**NUMBER, "allOf": [{"$ref": "#/definitions/decimal"}]}}},
        {"properties": {"credit_number": {**NUMBER, "allOf": ["number"]}}},
        {"properties": {"credit": NUMBER}},
        {"properties": {"credit_number": {**NUMBER, "maxLength": 5}}},
        {"properties": {"credit_number": {**NUMBER, "minimum": "0"}}},
        {"properties": {"credit_number": {**NUMBER, "title": 7}}},
        {"properties": {"kind_enum": {"allOf": [{"$ref": "#/definitions/enum"}], "title": "Kind"}}},
    ],
)
def test_a_schema_that_does_not_stand_on_core_types_is_refused(
    sandbox: Sandbox, client: Any, schema_body: dict[str, Any], change: dict[str, Any]
) -> None:
    answer = client("POST", SCHEMAS, {**schema_body, **change})
    assert (answer.status_code, answer.json()["status"]) == (400, 400)
    assert own(sandbox, "journal") == []


def test_records_are_written_journalled_and_read_back(
    sandbox: Sandbox, client: Any, records: str, schema_id: str
) -> None:
    values = {"credit_number": 0.5, "model_text": "linear", "count_integer": 2}
    body = [{"id": name, "schemaId": schema_id, "customAttributes": values} for name in ("b", "a")]
    answer = client("PUT", f"{records}/bulk", body).json()["results"]
    assert {name: each["statusCode"] for name, each in answer.items()} == {"a": 200, "b": 200}
    conversation_id = records.split("/")[4]
    assert own(sandbox, "custom_attributes") == [
        {"conversationId": conversation_id, "id": name, "customAttributes": values} for name in ("a", "b")
    ]
    written = [entry for entry in own(sandbox, "journal") if entry["kind"] == "custom_attributes"]
    assert [(entry["id"], entry["version"], entry["customAttributes"]) for entry in written] == [
        ("b", 1, values),
        ("a", 1, values),
    ]
    assert [one["id"] for one in client("GET", records).json()["results"]] == ["b", "a"]
    assert client("DELETE", f"{records}/b").status_code == 204
    assert client("GET", f"{records}/b").status_code == 404


def test_put_replaces_and_patch_amends(client: Any, records: str, schema_id: str) -> None:
    first = {"id": "a", "schemaId": schema_id, "customAttributes": {"credit_number": 1, "count_integer": 1}}
    assert client("PUT", records, first).json() == {"id": "a"}
    assert client("PATCH", records, {"id": "a", "customAttributes": {"count_integer": 2}}).status_code == 204
    amended = client("GET", f"{records}/a").json()
    assert (amended["version"], amended["customAttributes"]) == (2, {"credit_number": 1, "count_integer": 2})
    client("PUT", records, {"id": "a", "customAttributes": {"model_text": "linear"}})
    replaced = client("GET", f"{records}/a").json()
    assert (replaced["version"], replaced["customAttributes"]) == (3, {"model_text": "linear"})
    assert client("PATCH", records, {"id": "new", "customAttributes": {}}).status_code == 404


def test_only_the_latest_version_may_be_replaced(sandbox: Sandbox, client: Any, records: str, schema_id: str) -> None:
    record = {"id": "a", "schemaId": schema_id, "customAttributes": {"credit_number": 0.1}}
    assert client("PUT", records, record).status_code == 200
    assert client("PUT", records, {**record, "version": 1}).status_code == 200
    stale = client("PUT", records, {**record, "version": 1})
    assert (stale.status_code, stale.json()["code"]) == (409, "conflict")
    bulk = client("PUT", f"{records}/bulk", [{**record, "version": 1}, {**record, "id": "b"}])
    results = bulk.json()["results"]
    assert bulk.status_code == 200
    assert (results["a"]["statusCode"], results["b"]["statusCode"]) == (409, 200)
    assert "version" in results["a"]["errorMessage"].lower()
    assert len(own(sandbox, "journal")) == 4


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"customAttributes": {"unknown_text": "x"}}, 400),
        ({"customAttributes": {"credit_number": "0.5"}}, 400),
        ({"customAttributes": {"credit_number": True}}, 400),
        ({"customAttributes": {"credit_number": 1.5}}, 400),
        ({"customAttributes": {"count_integer": 1.5}}, 400),
        ({"customAttributes": {"model_text": "longer than twenty characters"}}, 400),
        ({"customAttributes": {"model_text": 7}}, 400),
        ({"schemaId": "none"}, 404),
        ({"schemaId": None}, 400),
    ],
)
def test_a_record_against_its_schema_is_refused_and_the_others_are_not(
    client: Any, records: str, schema_id: str, change: dict[str, Any], status: int
) -> None:
    good = {"id": "good", "schemaId": schema_id, "customAttributes": {"credit_number": 0.5}}
    results = client("PUT", f"{records}/bulk", [{**good, "id": "bad", **change}, good]).json()["results"]
    assert (results["bad"]["statusCode"], results["good"]["statusCode"]) == (status, 200)
    assert results["bad"]["errorMessage"]
    assert client("PUT", records, {**good, "id": "bad", **change}).status_code == status
    assert client("GET", f"{records}/bad").status_code == 404


@pytest.mark.parametrize(
    "body",
    [
        [],
        {},
        [{"id": "a", "schema": "x"}],
        [{"id": 7}],
        [{"customAttributes": {}}],
        [{"id": "a", "version": "1"}],
        [{"id": "a"}, {"id": "a"}],
        [{"id": "a", "customAttributes": [1]}],
    ],
)
def test_a_bulk_request_that_cannot_be_read_is_refused_whole(
    sandbox: Sandbox, client: Any, records: str, body: Any
) -> None:
    answer = client("PUT", f"{records}/bulk", body)
    assert (answer.status_code, answer.json()["status"]) == (400, 400)
    assert own(sandbox, "journal") == []


def test_an_unknown_conversation_is_not_found(client: Any, schema_id: str) -> None:
    path = "/api/v2/conversations/none/customattributes"
    record = {"id": "a", "schemaId": schema_id, "customAttributes": {}}
    assert client("PUT", path, record).status_code == 404
    assert client("PUT", f"{path}/bulk", [record]).status_code == 404
    assert client("GET", path).status_code == 404


def test_a_records_schema_cannot_be_changed(
    client: Any, records: str, schema_id: str, schema_body: dict[str, Any]
) -> None:
    other = client("POST", SCHEMAS, {**schema_body, "title": "Other"}).json()["id"]
    record = {"id": "a", "schemaId": schema_id, "customAttributes": {"credit_number": 0.5}}
    client("PUT", records, record)
    assert client("PUT", records, {**record, "schemaId": other}).status_code == 400


def test_schema_ids_are_the_same_in_every_run(
    run_sandbox: Callable[..., Sandbox], client_of: Any, schema_body: dict[str, Any]
) -> None:
    clients = [client_of(run_sandbox().base_url) for _ in range(2)]
    assert len({client("POST", SCHEMAS, schema_body).json()["id"] for client in clients}) == 1
