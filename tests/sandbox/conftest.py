"""A small org made by hand, a sandbox on it, and clients of it."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests

from sandbox.content import build_org
from sandbox.org import Org
from sandbox.server import Sandbox

FIXTURES = Path(__file__).parents[1] / "fixtures" / "genesys"
FIRST = datetime(2026, 1, 1, 9, tzinfo=UTC)
LIST_ID = "11111111-0000-4000-8000-000000000001"
ORGANIZATION_ID = "22222222-0000-4000-8000-000000000001"


def iso(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def numbered(prefix: str, number: int) -> str:
    return f"{prefix}-0000-4000-8000-{number:012d}"


def conversation(number: int) -> dict[str, Any]:
    """An outbound call that begins `number` hours after FIRST and lasts five minutes."""
    start = FIRST + timedelta(hours=number)
    talk, end = start + timedelta(minutes=1), start + timedelta(minutes=5)
    return {
        "conversationId": numbered("aaaaaaaa", number),
        "conversationStart": iso(start),
        "conversationEnd": iso(end),
        "originatingDirection": "outbound",
        "divisionIds": [numbered("dddddddd", 1)],
        "participants": [
            {
                "participantId": numbered("bbbbbbbb", number),
                "participantName": "Customer",
                "purpose": "customer",
                "attributes": {"CampaignID": "C-1", "TouchSequence": str(number % 4 + 1)},
                "sessions": [
                    {
                        "sessionId": numbered("cccccccc", number),
                        "mediaType": "voice",
                        "direction": "outbound",
                        "ani": "tel:+12125550100",
                        "dnis": f"tel:+1212555{number:04d}",
                        "outboundContactId": f"contact-{number % 7}",
                        "outboundContactListId": LIST_ID,
                        "metrics": [{"emitDate": iso(end), "name": "tTalk", "value": 240000}],
                        "segments": [
                            {
                                "segmentStart": iso(start),
                                "segmentEnd": iso(talk),
                                "segmentType": "dialing",
                                "conference": False,
                            },
                            {
                                "segmentStart": iso(talk),
                                "segmentEnd": iso(end),
                                "segmentType": "interact",
                                "disconnectType": "peer",
                                "wrapUpCode": "ININ-OUTBOUND-CONTACT" if number % 2 else "Sale",
                                "conference": False,
                            },
                        ],
                    }
                ],
            }
        ],
    }


def contact(number: int) -> dict[str, Any]:
    return {
        "id": f"contact-{number}",
        "contactListId": LIST_ID,
        "data": {"CampaignID": "C-1", "TouchSequence": str(number), "LeadID": f"L-{number}", "Phone": "+1"},
        "callable": True,
        "phoneNumberStatus": {"Phone": {"callable": True}},
        "dateCreated": "2025-12-01T00:00:00.000Z",
        "selfUri": f"/api/v2/outbound/contactlists/{LIST_ID}/contacts/contact-{number}",
    }


def entities(prefix: str, count: int, **fields: Any) -> list[dict[str, Any]]:
    return [{"id": numbered(prefix, n), "name": f"{prefix} {n:03d}", **fields} for n in range(count)]


def small_org() -> Org:
    """120 calls, an hour apart, and two conversations of real orgs before them."""
    real = [json.loads(path.read_text()) for path in FIXTURES.glob("*.json")]
    conversations = sorted([*real, *(conversation(n) for n in range(120))], key=lambda one: one["conversationStart"])
    contact_list = {"id": LIST_ID, "name": "List"}
    return Org(
        seed=1,
        scale=0.01,
        as_of=date(2026, 6, 15),
        organization={"id": ORGANIZATION_ID, "name": "Small org", "state": "active"},
        conversations=conversations,
        campaigns=entities("eeeeeee1", 3, contactList=contact_list, dialingMode="power", campaignStatus="on"),
        messaging_campaigns=entities("eeeeeee2", 1, contactList=contact_list, campaignStatus="on"),
        contact_lists=[
            {
                **contact_list,
                "columnNames": ["CampaignID", "TouchSequence", "LeadID", "Phone"],
                "phoneColumns": [{"columnName": "Phone", "type": "cell"}],
                "size": 7,
            }
        ],
        contacts={LIST_ID: {f"contact-{n}": contact(n) for n in range(7)}},
        wrapup_codes=entities("eeeeeee3", 60),
        queues=entities("eeeeeee4", 5),
        skills=entities("eeeeeee5", 2, state="active"),
        users=[*entities("eeeeeee6", 30, state="active"), *entities("eeeeeee7", 1, state="inactive")],
        flows=entities("eeeeeee8", 4, type="INBOUNDCALL"),
        flow_outcomes=entities("eeeeeee9", 3),
        flow_milestones=entities("eeeeeeea", 2),
        truth={"attributes_lost": {"count": 2, "finding": "untagged_touch"}},
    )


class Client:
    """Plain HTTP with a bearer token; paths are relative to the sandbox."""

    def __init__(self, base_url: str, client_id: str = "sandbox-client") -> None:
        self.base_url = base_url
        self.session = requests.Session()
        self.login(client_id)

    def login(self, client_id: str) -> None:
        answer = self.session.post(
            f"{self.base_url}/oauth/token",
            data={"grant_type": "client_credentials"},
            auth=(client_id, "sandbox-secret"),
            timeout=10,
        )
        assert answer.status_code == 200, answer.text
        self.session.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"

    def __call__(self, method: str, path: str, body: Any = None, **arguments: Any) -> requests.Response:
        return self.session.request(method, self.base_url + path, json=body, timeout=10, **arguments)

    def fulfilled_job(self, interval: str, **fields: Any) -> str:
        """The id of a job over the interval, polled until it is done."""
        base = "/api/v2/analytics/conversations/details/jobs"
        job_id = self("POST", base, {"interval": interval, **fields}).json()["jobId"]
        for _ in range(10):
            if self("GET", f"{base}/{job_id}").json()["state"] == "FULFILLED":
                return job_id
        raise AssertionError("the job never ended")

    def job_conversations(self, job_id: str, page_size: int = 50) -> list[dict[str, Any]]:
        """All conversations of a job, by cursor."""
        path = f"/api/v2/analytics/conversations/details/jobs/{job_id}/results"
        found, cursor = [], None
        while True:
            params = {"pageSize": page_size, **({"cursor": cursor} if cursor else {})}
            page = self("GET", path, params=params).json()
            found += page["conversations"]
            cursor = page.get("cursor")
            if cursor is None:
                return found


@pytest.fixture
def org() -> Org:
    return small_org()


@pytest.fixture(scope="session")
def generated_org() -> Org:
    """The org that the sandbox comes with, at a fiftieth of its size."""
    return build_org(scale=0.02, as_of=date(2026, 6, 15))


@pytest.fixture
def run_sandbox() -> Iterator[Callable[..., Sandbox]]:
    """Starts sandboxes with the arguments of Sandbox, and stops them after the test."""
    running = []

    def start(org: Org | None = None, **arguments: Any) -> Sandbox:
        sandbox = Sandbox(org or small_org(), **{"rate_limit": 100_000, **arguments})
        sandbox.__enter__()
        running.append(sandbox)
        return sandbox

    yield start
    for sandbox in running:
        sandbox.__exit__(None, None, None)


@pytest.fixture
def sandbox(run_sandbox: Callable[..., Sandbox]) -> Sandbox:
    return run_sandbox()


@pytest.fixture
def client(sandbox: Sandbox) -> Client:
    return Client(sandbox.base_url)


@pytest.fixture
def client_of() -> type[Client]:
    return Client


SCHEMA = {
    "title": "Attribution",
    "description": "Credit of a touch",
    "properties": {
        "credit_number": {
            "allOf": [{"$ref": "#/definitions/number"}],
            "title": "Credit",
            "description": "",
            "minimum": 0,
            "maximum": 1,
        },
        "model_text": {"allOf": [{"$ref": "#/definitions/text"}], "title": "Model", "maxLength": 20},
        "count_integer": {"allOf": [{"$ref": "#/definitions/integer"}], "title": "Count"},
    },
}


@pytest.fixture
def schema_body() -> dict[str, Any]:
    return copy.deepcopy(SCHEMA)


@pytest.fixture
def schema_id(client: Client, schema_body: dict[str, Any]) -> str:
    return client("POST", "/api/v2/conversations/customattributes/schemas", schema_body).json()["id"]
