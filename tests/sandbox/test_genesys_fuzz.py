"""Whatever is sent, the Genesys stand-in answers in words and never with a 500."""

from __future__ import annotations

import random
from collections import Counter
from typing import Any

import pytest

from sandbox.org import Org

JOBS = "/api/v2/analytics/conversations/details/jobs"
SCHEMAS = "/api/v2/conversations/customattributes/schemas"
WHOLE = "2020-01-01T00:00:00Z/2027-01-01T00:00:00Z"
VALUES = [None, True, 0, -1, 1.5, 10**30, "", "x", "ü\u0000", [], {}, [[]], {"a": {"b": [None]}}, "2026-01-01"]
PATHS = [
    ("POST", JOBS),
    ("POST", f"{JOBS[:-4]}query"),
    ("POST", "/api/v2/outbound/contactlists/{list}/contacts"),
    ("POST", "/api/v2/outbound/contactlists/{list}/contacts/bulk"),
    ("POST", "/api/v2/outbound/contactlists/{list}/contacts/search"),
    ("POST", SCHEMAS),
    ("PUT", "/api/v2/conversations/{conversation}/customattributes"),
    ("PUT", "/api/v2/conversations/{conversation}/customattributes/bulk"),
    ("PATCH", "/api/v2/conversations/{conversation}/customattributes/bulk"),
]
FIELDS = [
    "interval", "order", "orderBy", "limit", "paging", "segmentFilters", "conversationFilters", "predicates",
    "type", "operator", "value", "dimension", "data", "id", "schemaId", "version", "customAttributes", "title",
    "properties", "required", "allOf", "criteria", "clauses", "contactSorts", "pageSize", "pageNumber",
    "credit_number", "count_integer", "model_text", "divisions", "startOfDayIntervalMatching",
]  # fmt: skip


def garbage(draw: random.Random, schema_id: str, depth: int = 0) -> Any:
    """A random body out of the API's own words, so that it gets past the first check now and then."""
    kind = draw.random()
    if depth > 3 or kind < 0.25:
        return draw.choice([*VALUES, WHOLE, "and", "matches", "mediaType", schema_id])
    if kind < 0.45:
        return [garbage(draw, schema_id, depth + 1) for _ in range(draw.randint(0, 2))]
    return {field: garbage(draw, schema_id, depth + 1) for field in draw.sample(FIELDS, draw.randint(0, 3))}


def test_no_request_whatever_is_answered_with_a_500(client: Any, org: Org, schema_id: str) -> None:
    draw = random.Random(20260615)
    names = {"list": org.contact_lists[0]["id"], "conversation": org.conversations[0]["conversationId"]}
    good = {
        "interval": WHOLE,
        "id": "a",
        "schemaId": schema_id,
        "customAttributes": {"credit_number": 0.5},
        "title": "T",
        "data": {"LeadID": "1"},
    }
    statuses: Counter[int] = Counter()
    for number in range(900):
        method, path = PATHS[number % len(PATHS)]
        body = garbage(draw, schema_id)
        if draw.random() < 0.5 and isinstance(body, dict):
            kept = draw.sample(list(good), draw.randint(1, 4))
            body = {**body, **{name: good[name] for name in kept}}
        if draw.random() < 0.4:
            body = [body]
        answer = client(method, path.format(**names), body)
        assert answer.status_code < 500, (method, path, body, answer.text)
        statuses[answer.status_code] += 1
        if answer.status_code >= 400:
            assert {"message", "code", "status", "contextId"} <= set(answer.json())
    assert statuses[400] > 100


@pytest.mark.parametrize(
    "path",
    [
        "/api/v2/users?pageSize=99999999999&pageNumber=1",
        "/api/v2/users?pageNumber=999999999",
        "/api/v2/users?id=%ff%fe&state=any",
        "/api/v2/users?expand=&state=",
        "/api/v2/flows?sortBy=division&deleted=maybe",
        "/api/v2/flows?sortBy=%00&type=,,,",
        "/api/v2/routing/queues?name=*",
        "/api/v2/oauth/clients/%F0%9F%98%80",
        "/api/v2/outbound/contactlists/%2e%2e/contacts/x",
        f"{JOBS}/%00/results?cursor=%ff",
        f"{SCHEMAS}/coretypes/%22",
    ],
)
def test_odd_paths_and_parameters_are_answered_in_words(client: Any, path: str) -> None:
    answer = client("GET", path)
    assert answer.status_code < 500
    assert isinstance(answer.json(), dict)
