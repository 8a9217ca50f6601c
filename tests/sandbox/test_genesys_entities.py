"""Listings of entities, and contacts: pages, filters, writes, refusals."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from sandbox.org import Org
from sandbox.server import Sandbox


@pytest.fixture
def contacts(org: Org) -> str:
    return f"/api/v2/outbound/contactlists/{org.contact_lists[0]['id']}/contacts"


def test_a_listing_pages_to_its_end_by_next_uri(client: Any, org: Org) -> None:
    path, found = "/api/v2/routing/wrapupcodes?pageSize=25", []
    while path:
        page = client("GET", path).json()
        found += [one["id"] for one in page["entities"]]
        assert (page["total"], page["pageCount"]) == (60, 3)
        path = page.get("nextUri")
    assert found == [one["id"] for one in org.wrapup_codes]


def test_listings_filter_by_their_parameters(client: Any, org: Org) -> None:
    ids = [org.queues[1]["id"], org.queues[3]["id"]]
    repeated = client("GET", "/api/v2/routing/queues", params={"id": ids}).json()
    joined = client("GET", "/api/v2/routing/queues", params={"id": ",".join(ids)}).json()
    assert [one["id"] for one in repeated["entities"]] == [one["id"] for one in joined["entities"]] == ids
    named = client("GET", "/api/v2/routing/queues", params={"name": "* 002*"}).json()
    assert [one["id"] for one in named["entities"]] == [org.queues[2]["id"]]
    reverse = client("GET", "/api/v2/routing/queues", params={"sortOrder": "descending"}).json()
    assert reverse["entities"][0]["id"] == org.queues[-1]["id"]


def test_users_are_the_active_ones_unless_asked_otherwise(client: Any) -> None:
    def total(**params: str) -> int:
        return client("GET", "/api/v2/users", params=params).json()["total"]

    assert (total(), total(state="any"), total(state="inactive")) == (30, 31, 1)


def test_the_size_of_a_contact_list_comes_only_when_asked_for(client: Any) -> None:
    plain = client("GET", "/api/v2/outbound/contactlists").json()["entities"][0]
    sized = client("GET", "/api/v2/outbound/contactlists?includeSize=true").json()["entities"][0]
    assert "size" not in plain
    assert sized["size"] == 7


@pytest.mark.parametrize("query", ["pageSize=0", "pageNumber=0", "pageSize=501", "page_size=5", "sortOrder=up"])
def test_wrong_parameters_of_a_listing_are_refused(client: Any, query: str) -> None:
    answer = client("GET", f"/api/v2/routing/queues?{query}")
    assert (answer.status_code, answer.json()["status"]) == (400, 400)


def test_outbound_listings_cut_a_page_to_100(client: Any) -> None:
    assert client("GET", "/api/v2/outbound/campaigns?pageSize=1000").json()["pageSize"] == 100


def test_contacts_are_added_updated_and_journalled(sandbox: Sandbox, client: Any, contacts: str, org: Org) -> None:
    new = client("POST", contacts, [{"data": {"LeadID": "A"}}, {"data": {"LeadID": "B"}}]).json()
    client("POST", f"{contacts}?clearSystemData=false", [{"id": "contact-1", "data": {"LeadID": "C"}}])
    assert [one["data"]["LeadID"] for one in new] == ["A", "B"]
    assert client("GET", f"{contacts}/contact-1").json()["data"] == {"LeadID": "C"}
    journal = requests.get(f"{sandbox.base_url}/_sandbox/journal", timeout=5).json()
    assert [entry["ids"] for entry in journal] == [[one["id"] for one in new], ["contact-1"]]


def test_contacts_are_found_by_criteria_on_their_columns(client: Any, contacts: str) -> None:
    def found(**predicate: Any) -> list[str]:
        clause = {"filterType": "AND", "predicates": [{"column": "TouchSequence", **predicate}]}
        body = {
            "criteria": {"filterType": "AND", "clauses": [clause]},
            "contactSorts": [{"fieldName": "LeadID", "direction": "DESC"}],
        }
        return [one["id"] for one in client("POST", f"{contacts}/search", body).json()["entities"]]

    assert found(operator="EQUALS", value="3") == ["contact-3"]
    assert found(operator="IN", range={"inSet": ["1", "5"]}) == ["contact-5", "contact-1"]
    assert len(found(operator="EQUALS", value="3", inverted=True)) == 6


@pytest.mark.parametrize(
    ("method", "suffix", "body", "status"),
    [
        ("GET", "/none", None, 404),
        ("POST", "/bulk", {"ids": []}, 400),
        ("POST", "/bulk", [], 400),
        ("POST", "/bulk", [1], 400),
        ("POST", "/bulk", [None], 400),
        ("POST", "/search", {"page": 1}, 400),
        ("POST", "/search", {"contactListFilterId": "none"}, 404),
        ("POST", "/search", {"contactSorts": [{"fieldName": "Nothing"}]}, 400),
        ("POST", "", [{"data": {"Nothing": "x"}}], 400),
        ("POST", "", [{"data": {"LeadID": 7}}], 400),
        ("POST", "", [{"data": {}}], 400),
        ("POST", "", [{"data": {"LeadID": "x"}, "contactListId": "other"}], 400),
        ("POST", "?prio=true", [{"data": {"LeadID": "x"}}], 400),
        ("DELETE", "/bulk", None, 405),
    ],
)
def test_wrong_requests_for_contacts_are_refused(
    client: Any, contacts: str, method: str, suffix: str, body: Any, status: int
) -> None:
    answer = client(method, contacts + suffix, body)
    assert (answer.status_code, answer.json()["status"]) == (status, status)


def test_an_unknown_contact_list_is_not_found(client: Any) -> None:
    answer = client("POST", "/api/v2/outbound/contactlists/none/contacts/bulk", ["contact-1"])
    assert (answer.status_code, answer.json()["code"]) == (404, "not.found")


def test_a_body_that_is_no_json_is_refused(client: Any, contacts: str) -> None:
    def post(data: bytes, content_type: str = "application/json") -> int:
        return client("POST", f"{contacts}/bulk", data=data, headers={"Content-Type": content_type}).status_code

    assert post(b'["contact-1"]') == 200
    assert post(b'["contact-1"') == 400
    assert post(b"") == 400
    assert post(b"null") == 400
    assert post(b"[NaN]") == 400
    assert post(b'["\\ud800"]') == 400
    assert post(b"[" * 100_000) == 400
    assert post(b'["contact-1"]', "text/plain") == 415
