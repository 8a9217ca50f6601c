"""A Dynamics 365 org on loopback whose rows, tables and moods a test sets line by line."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from common.listening import bound
from ingestion.dynamics import client as dynamics_client
from sandbox.dynamics import DynamicsState, routes
from sandbox.dynamics.session import TENANT
from sandbox.org import Org

TYPE = "@Microsoft.Dynamics.CRM.lookuplogicalname"


def guid(number: int) -> str:
    return f"00000000-0000-4000-8000-{number:012d}"


@dataclass
class DynamicsOrg:
    """``state``: the rows. ``misbehave`` gets path and query, and may answer in the org's place."""

    state: DynamicsState
    misbehave: Callable[[str], Response | None] = lambda path: None
    requests: list[str] = field(default_factory=list)
    base_url: str = ""

    def asked(self, part: str) -> int:
        """How many requests so far had this in their path or query."""
        return sum(part in request for request in self.requests)


@pytest.fixture
def dynamics_org(warehouse_file: Path, ports: list[int], monkeypatch: pytest.MonkeyPatch) -> Iterator[DynamicsOrg]:
    """An org with a few rows that the DYNAMICS_ settings name; retries do not wait long."""
    content = Org(seed=1, scale=1.0, as_of=date(2026, 6, 15), organization={}, dataverse=rows())
    org = DynamicsOrg(DynamicsState(content))
    api = Starlette(routes=routes(org.state))

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        target = scope["path"] + "?" + scope["query_string"].decode()
        org.requests.append(target)
        await (org.misbehave(target) or api)(scope, receive, send)

    listener = bound("Dynamics 365", "127.0.0.1", ports[0] if ports else 0)
    ports.append(listener.getsockname()[1])
    server = uvicorn.Server(uvicorn.Config(app, log_level="critical", lifespan="off"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.005)
    org.base_url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    for name, value in {
        "DYNAMICS_URL": org.base_url,
        "DYNAMICS_LOGIN_URL": org.base_url,
        "DYNAMICS_TENANT_ID": TENANT,
        "DYNAMICS_CLIENT_ID": "sandbox-client",
        "DYNAMICS_CLIENT_SECRET": "sandbox-secret",
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(dynamics_client, "FIRST_PAUSE", 0.005)
    yield org
    server.should_exit = True
    thread.join(timeout=10)
    listener.close()


@pytest.fixture
def loaded_org(dynamics_org: DynamicsOrg, begin_after_first_load: Callable[[str], None]) -> DynamicsOrg:
    """The org after a first load into the test's warehouse."""
    begin_after_first_load("dynamics")
    return dynamics_org


@pytest.fixture(scope="module")
def ports() -> list[int]:
    """The port of a module's orgs, once there is one: the links that a load remembers name it."""
    return []


def rows() -> dict[str, list[dict[str, Any]]]:
    """One or a few rows of each table."""
    stamps = {"createdon": "2026-06-01T03:04:05Z", "modifiedon": "2026-06-02T03:04:05Z"}
    return {
        "organization": [{"organizationid": guid(1), "_basecurrencyid_value": guid(2), **stamps}],
        "transactioncurrency": [
            {"transactioncurrencyid": guid(2), "isocurrencycode": "USD", "exchangerate": 1.0, **stamps},
            {"transactioncurrencyid": guid(3), "isocurrencycode": "EUR", "exchangerate": 0.925926, **stamps},
        ],
        "lead": [
            {
                "leadid": guid(10),
                "new_leadid": "L-10",
                "telephone1": "(317) 555-0123",
                "mobilephone": "not a phone",
                "emailaddress1": "ann@example.com",
                "statecode": 1,
                "merged": False,
                "_parentcontactid_value": guid(20),
                "_qualifyingopportunityid_value": guid(30),
                "_transactioncurrencyid_value": guid(3),
                "new_conversiondate": "2026-06-02T10:04:05Z",
                **stamps,
            },
            {"leadid": guid(11), "new_leadid": None, "statecode": 0, "merged": False, **stamps},
            {"leadid": guid(12), "statecode": 2, "merged": True, "_masterid_value": guid(11), **stamps},
        ],
        "contact": [{"contactid": guid(20), "telephone1": "+44 20 7946 0000", **stamps}],
        "opportunity": [
            {
                "opportunityid": guid(30),
                "name": "Renewal",
                "statecode": 1,
                "actualclosedate": "2026-06-02",
                "actualvalue": 1234.56,
                "estimatedvalue": 1000.0,
                "exchangerate": 0.93,
                "_transactioncurrencyid_value": guid(3),
                "_originatingleadid_value": guid(10),
                "_parentcontactid_value": guid(20),
                "_campaignid_value": guid(40),
                "new_conversiondate": "2026-06-02T11:04:05Z",
                **stamps,
            }
        ],
        "campaign": [
            {
                "campaignid": guid(40),
                "codename": "SPRING",
                "name": "Spring",
                "actualstart": "2026-06-01T04:00:00Z",
                "actualend": "2026-06-30T04:00:00Z",
                "totalactualcost": 5000,
                **stamps,
            }
        ],
        "campaignresponse": [
            {
                "activityid": guid(50),
                "receivedon": "2026-06-03T04:00:00Z",
                "statecode": 0,
                "_regardingobjectid_value": guid(40),
                f"_regardingobjectid_value{TYPE}": "campaign",
                "telephone": "317 555 0124",
                **stamps,
            }
        ],
        "email": [
            {
                "activityid": guid(60),
                "directioncode": True,
                "statecode": 1,
                "senton": "2026-06-03T03:04:05Z",
                "_regardingobjectid_value": guid(40),
                f"_regardingobjectid_value{TYPE}": "campaign",
                **stamps,
            }
        ],
        "phonecall": [],
        "activityparty": [
            party(70, guid(60), 1, guid(99), "systemuser"),
            party(71, guid(60), 2, guid(11), "lead"),
            party(72, guid(60), 3, None, None, "someone@example.com"),
            party(73, guid(50), 11, guid(11), "lead"),
        ],
    }


def party(number: int, activity: str, kind: int, who: str | None, table: str | None, address: str | None = None) -> Any:
    return {
        "activitypartyid": guid(number),
        "_activityid_value": activity,
        "_partyid_value": who,
        f"_partyid_value{TYPE}": table,
        "participationtypemask": kind,
        "addressused": address,
    }
