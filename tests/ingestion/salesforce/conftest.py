"""A Salesforce org on loopback whose rows, objects and moods a test sets line by line."""

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
from ingestion.salesforce import client as salesforce_client
from sandbox.org import Org
from sandbox.salesforce import routes
from sandbox.salesforce.metadata import OBJECTS, SObject


@dataclass
class SalesforceOrg:
    """``rows``: object → records. ``misbehave`` gets (verb, path and query) and may answer in the org's place."""

    rows: dict[str, list[dict[str, Any]]]
    objects: dict[str, SObject] = field(default_factory=lambda: dict(OBJECTS))
    misbehave: Callable[[str, str], Response | None] = lambda verb, path: None
    requests: list[str] = field(default_factory=list)
    base_url: str = ""

    def asked(self, part: str) -> int:
        """How many requests so far had this in their path or query."""
        return sum(part in request for request in self.requests)


@pytest.fixture
def salesforce_org(warehouse_file: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SalesforceOrg]:
    """An org with a few rows that the SALESFORCE_ settings name; retries do not wait long."""
    org = SalesforceOrg(rows())
    content = Org(seed=1, scale=1.0, as_of=date(2026, 6, 15), organization={}, salesforce=org.rows)
    api = Starlette(routes=routes(content, org.objects))

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        target = scope["path"] + "?" + scope["query_string"].decode()
        org.requests.append(target)
        override = org.misbehave(scope["method"], target)
        await (override or api)(scope, receive, send)

    listener = bound("Salesforce", "127.0.0.1", 0)
    server = uvicorn.Server(uvicorn.Config(app, log_level="critical", lifespan="off"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.005)
    org.base_url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    monkeypatch.setenv("SALESFORCE_INSTANCE_URL", org.base_url)
    monkeypatch.setenv("SALESFORCE_CLIENT_ID", "sandbox-client")
    monkeypatch.setenv("SALESFORCE_CLIENT_SECRET", "sandbox-secret")
    monkeypatch.setattr(salesforce_client, "FIRST_PAUSE", 0.005)
    yield org
    server.should_exit = True
    thread.join(timeout=10)
    listener.close()


@pytest.fixture
def loaded_org(salesforce_org: SalesforceOrg, begin_after_first_load: Callable[[str], None]) -> SalesforceOrg:
    """The org after a first load into the test's warehouse."""
    begin_after_first_load("salesforce")
    return salesforce_org


def stamp(day: int, hour: int = 3) -> str:
    """A datetime of June 2026 as Salesforce writes it."""
    return f"2026-06-{day:02d}T{hour:02d}:04:05.000+0000"


def rows() -> dict[str, list[dict[str, Any]]]:
    """One or a few records of each object."""
    return {
        "Lead": [
            {
                "Id": "00Q000000000001AAA",
                "FirstName": "Ann",
                "LastName": "Adams",
                "Phone": "(317) 555-0123",
                "MobilePhone": "not a phone",
                "Email": "ann@example.com",
                "LeadSource": "Web",
                "CreatedDate": stamp(1),
                "SystemModstamp": stamp(2),
                "IsConverted": True,
                "ConvertedDate": "2026-06-02",
                "ConvertedContactId": "003000000000001AAA",
                "ConvertedOpportunityId": "006000000000001AAA",
                "ConversionDate__c": stamp(2, 10),
                "ConversionValue__c": 99.5,
            },
            {"Id": "00Q000000000002AAA", "LastName": "Bo", "CreatedDate": stamp(1), "SystemModstamp": stamp(3)},
            {"Id": "00Q000000000003AAA", "LastName": "Cy", "CreatedDate": stamp(1), "SystemModstamp": stamp(4)},
        ],
        "LeadHistory": [
            {
                "Id": "017000000000001AAA",
                "LeadId": "00Q000000000001AAA",
                "Field": "leadConverted",
                "CreatedDate": stamp(2),
            },
            {
                "Id": "017000000000002AAA",
                "LeadId": "00Q000000000001AAA",
                "Field": "Email",
                "NewValue": "ann@example.com",
                "CreatedDate": stamp(2),
            },
        ],
        "OpportunityHistory": [
            {
                "Id": "008000000000001AAA",
                "OpportunityId": "006000000000001AAA",
                "StageName": "Closed Won",
                "CreatedDate": stamp(2),
                "SystemModstamp": stamp(2),
            }
        ],
        "Contact": [
            {
                "Id": "003000000000001AAA",
                "Phone": "+44 20 7946 0000",
                "CreatedDate": stamp(2),
                "SystemModstamp": stamp(2),
            }
        ],
        "Opportunity": [
            {
                "Id": "006000000000001AAA",
                "Name": "Renewal",
                "StageName": "Closed Won",
                "IsWon": True,
                "IsClosed": True,
                "CloseDate": "2026-06-02",
                "Amount": 1234.56,
                "CurrencyIsoCode": "EUR",
                "CampaignId": "701000000000001AAA",
                "ConversionDate__c": stamp(2, 11),
                "CreatedDate": stamp(1),
                "SystemModstamp": stamp(2),
            }
        ],
        "OpportunityContactRole": [
            {
                "Id": "00K000000000001AAA",
                "OpportunityId": "006000000000001AAA",
                "ContactId": "003000000000001AAA",
                "IsPrimary": True,
                "SystemModstamp": stamp(2),
            }
        ],
        "Campaign": [
            {
                "Id": "701000000000001AAA",
                "Name": "Spring",
                "StartDate": "2026-06-01",
                "EndDate": "2026-06-30",
                "ActualCost": 5000,
                "SystemModstamp": stamp(1),
            }
        ],
        "CampaignMember": [
            {
                "Id": "00v000000000001AAA",
                "CampaignId": "701000000000001AAA",
                "LeadId": "00Q000000000002AAA",
                "HasResponded": True,
                "FirstRespondedDate": "2026-06-03",
                "CreatedDate": stamp(1),
                "SystemModstamp": stamp(3),
            }
        ],
        "Task": [
            {
                "Id": "00T000000000001AAA",
                "WhoId": "00Q000000000002AAA",
                "Subject": "Email: for you",
                "TaskSubtype": "Email",
                "Status": "Completed",
                "CompletedDateTime": stamp(3),
                "CreatedDate": stamp(3),
                "SystemModstamp": stamp(3),
            },
            {
                "Id": "00T000000000002AAA",
                "WhoId": "00Q000000000002AAA",
                "Subject": "Call",
                "TaskSubtype": "Call",
                "CreatedDate": stamp(3),
                "SystemModstamp": stamp(3),
            },
        ],
        "DatedConversionRate": [
            {
                "Id": "04w000000000001AAA",
                "IsoCode": "EUR",
                "ConversionRate": 0.925926,
                "StartDate": "2026-01-01",
                "NextStartDate": "9999-12-31",
                "SystemModstamp": stamp(1),
            }
        ],
    }
