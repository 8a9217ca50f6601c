"""The Dataverse stand-in, held by an OData client (python-odata, by $metadata) and by what Microsoft documents.

Microsoft's own Python client takes https addresses alone, so it can't be pointed at a stand-in on loopback.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from odata import ODataError, ODataService

from sandbox.content import build_org
from sandbox.content.dataverse import guid
from sandbox.dynamics.session import TENANT
from sandbox.org import Org
from sandbox.server import Sandbox

Row = dict[str, Any]


@pytest.fixture(scope="module")
def org() -> Org:
    return build_org(seed=1, scale=0.02, as_of=date(2026, 6, 15))


@pytest.fixture(scope="module")
def sandbox(org: Org) -> Iterator[Sandbox]:
    with Sandbox(org) as running:
        yield running


def login(sandbox: Sandbox, tenant: str = TENANT, **fields: str) -> requests.Response:
    form = {
        "grant_type": "client_credentials",
        "client_id": "sandbox-client",
        "client_secret": "sandbox-secret",
        "scope": f"{sandbox.base_url}/.default",
    }
    return requests.post(f"{sandbox.base_url}/{tenant}/oauth2/v2.0/token", data=form | fields, timeout=10)


@pytest.fixture(scope="module")
def session(sandbox: Sandbox) -> requests.Session:
    made = requests.Session()
    made.headers["Authorization"] = f"Bearer {login(sandbox).json()['access_token']}"
    return made


@pytest.fixture(scope="module")
def service(sandbox: Sandbox, session: requests.Session) -> ODataService:
    return ODataService(
        f"{sandbox.base_url}/api/data/v9.2/", session=session, reflect_entities=True, quiet_progress=True
    )


class Reader:
    """GET with a Prefer header."""

    def __init__(self, sandbox: Sandbox, session: requests.Session) -> None:
        self.api, self.session = f"{sandbox.base_url}/api/data/v9.2/", session

    def __call__(self, path: str, *preferences: str) -> requests.Response:
        url = path if path.startswith("http") else self.api + path
        headers = {"Prefer": ",".join(preferences)} if preferences else {}
        return self.session.get(url, headers=headers, timeout=10)

    def everything(self, path: str, *preferences: str) -> tuple[list[Row], str | None, int]:
        """(rows, delta link, pages)."""
        rows: list[Row] = []
        pages, link, body = 0, path, {}
        while link:
            body = self(link, *preferences).json()
            rows += body["value"]
            pages, link = pages + 1, body.get("@odata.nextLink")
        return rows, body.get("@odata.deltaLink"), pages


@pytest.fixture(scope="module")
def read(sandbox: Sandbox, session: requests.Session) -> Reader:
    return Reader(sandbox, session)


def test_the_client_finds_every_table_and_reads_its_types(service: ODataService, org: Org) -> None:
    assert set(service.entities) >= {"leads", "contacts", "opportunities", "campaigns", "emails", "activityparties"}
    lead = next(iter(service.query(service.entities["leads"]).limit(1)))
    assert isinstance(lead.createdon, datetime) and lead.merged in (True, False) and isinstance(lead.statecode, int)
    opportunity = service.entities["opportunities"]
    won = next(iter(service.query(opportunity).filter(opportunity.statecode == 1).limit(1)))
    # An Edm.Date, which the client gives as its text.
    assert date.fromisoformat(won.actualclosedate) and won.actualvalue > 0


def test_the_client_reads_all_rows_over_pages(service: ODataService, org: Org, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sandbox.dynamics.queries.PAGE_SIZE", 7)
    for entity_set, table, key in (("leads", "lead", "leadid"), ("emails", "email", "activityid")):
        found = [str(getattr(row, key)) for row in service.query(service.entities[entity_set])]
        assert sorted(found) == sorted(row[key] for row in org.dataverse[table])


def test_the_client_s_conditions_and_orders_are_taken(service: ODataService, org: Org) -> None:
    lead, rows = service.entities["leads"], org.dataverse["lead"]
    since = datetime(2026, 3, 1, tzinfo=UTC)
    query = (
        service.query(lead).filter((lead.statecode == 0) & (lead.createdon >= since)).order_by(lead.createdon.desc())
    )
    expected = [row for row in rows if row["statecode"] == 0 and row["createdon"] >= "2026-03-01"]
    assert len(expected) > 5
    assert [str(row.leadid) for row in query.limit(5)] == [
        row["leadid"] for row in sorted(expected, key=lambda row: row["createdon"], reverse=True)[:5]
    ]
    name = rows[0]["lastname"]
    same = service.query(lead).filter(lead.lastname.startswith(name[:3].upper()))
    assert len(list(same)) == sum(row["lastname"].lower().startswith(name[:3].lower()) for row in rows)


def test_what_the_table_lacks_is_refused_in_dataverse_s_words(service: ODataService, read: Reader) -> None:
    answer = read("leads?$select=leadid,salary")
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "0x80060888"
    assert "'salary' on type 'Microsoft.Dynamics.CRM.lead'" in answer.json()["error"]["message"]
    assert read("widgets").json()["error"]["code"] == "0x8006088a"
    for path in ("leads?$filter=statecode eq 'x'", "leads?$filter=(statecode eq 1", "leads?$skip=5", "leads?$top=x"):
        assert read(path).status_code == 400, path
    with pytest.raises(ODataError):
        list(service.query(service.entities["leads"]).raw({"$filter": "salary gt 5"}))


def test_pages_are_as_large_as_asked_and_a_lookup_says_its_table(read: Reader, org: Org) -> None:
    rows, delta, pages = read.everything(
        "activityparties?$select=_partyid_value",
        "odata.maxpagesize=50",
        'odata.include-annotations="Microsoft.Dynamics.CRM.lookuplogicalname"',
    )
    assert (len(rows), delta) == (len(org.dataverse["activityparty"]), None)
    assert pages == -(-len(rows) // 50)
    assert {row["_partyid_value@Microsoft.Dynamics.CRM.lookuplogicalname"] for row in rows} >= {"lead", "systemuser"}
    plain = read("activityparties?$select=_partyid_value&$top=1").json()["value"][0]
    assert set(plain) == {"@odata.etag", "activitypartyid", "_partyid_value"}


def test_a_delta_link_brings_what_changed_and_what_was_deleted(sandbox: Sandbox, read: Reader) -> None:
    rows, link, pages = read.everything("contacts?$select=telephone1", "odata.track-changes", "odata.maxpagesize=5")
    assert pages > 1 and link and "$deltatoken" in parse_qs(urlsplit(link).query)
    assert read(link).json()["value"] == []
    changed, gone = rows[0]["contactid"], rows[1]["contactid"]
    sandbox.dynamics.save("contact", {"contactid": changed, "telephone1": "1"})
    sandbox.dynamics.delete("contact", gone)
    body = read(link).json()
    assert body["@odata.context"].endswith("$metadata#contacts/$delta")
    assert [row.get("contactid") for row in body["value"]] == [changed, None]
    assert body["value"][0]["telephone1"] == "1"
    tombstone = body["value"][1]
    assert tombstone == {
        "@odata.context": tombstone["@odata.context"],
        "id": gone,
        "reason": "deleted",
    }
    assert tombstone["@odata.context"].endswith("$metadata#contacts/$deletedEntity")
    assert read(body["@odata.deltaLink"]).json()["value"] == []
    sandbox.dynamics.forget_changes()
    expired = read(link)
    assert (expired.status_code, expired.json()["error"]["code"]) == (400, "0x80044352")


def test_change_tracking_takes_no_condition_and_only_tables_that_have_it(read: Reader) -> None:
    answer = read("leads?$filter=statecode eq 0", "odata.track-changes")
    assert answer.status_code == 400
    assert "isn't supported when Change Tracking is enabled" in answer.json()["error"]["message"]
    assert read("activityparties", "odata.track-changes").status_code == 400


@pytest.mark.parametrize(
    ("fields", "status", "code"),
    [
        ({"client_secret": "wrong"}, 401, "AADSTS7000215"),
        ({"client_id": "nobody"}, 400, "AADSTS700016"),
        ({"scope": "https://graph.microsoft.com/.default"}, 400, "AADSTS500011"),
        ({"grant_type": "password"}, 400, "AADSTS70003"),
        ({"tenant": "elsewhere"}, 400, "AADSTS90002"),
    ],
)
def test_a_login_is_refused_as_entra_id_does(sandbox: Sandbox, fields: dict[str, str], status: int, code: str) -> None:
    answer = login(sandbox, **fields)
    assert answer.status_code == status
    assert answer.json()["error_description"].startswith(f"{code}: ")


def test_who_may_not_read_a_table_learns_the_privilege(sandbox: Sandbox) -> None:
    token = login(sandbox, client_id="sandbox-weak").json()["access_token"]
    url = f"{sandbox.base_url}/api/data/v9.2/opportunities"
    answer = requests.get(url, headers={"Authorization": f"Bearer {token}"}, timeout=10)
    assert answer.status_code == 403
    assert "missing prvReadOpportunity privilege" in answer.json()["error"]["message"]
    assert requests.get(url, timeout=10).status_code == 401


def test_both_crms_say_the_same(org: Org) -> None:
    """Leads, deals, e-mails and responses, as far as both can: Dataverse shows no deleted rows."""
    salesforce, dynamics = org.salesforce, org.dataverse
    alive = [lead for lead in salesforce["Lead"] if not lead["IsDeleted"] or lead["MasterRecordId"]]
    assert len(alive) < len(salesforce["Lead"])
    assert {row["new_leadid"]: (row["telephone1"], row["emailaddress1"]) for row in dynamics["lead"]} == {
        lead["Id"]: (lead["Phone"], lead["Email"]) for lead in alive
    }
    won = {
        guid(deal["Id"]): (deal["CloseDate"], Decimal(str(deal["Amount"])))
        for deal in salesforce["Opportunity"]
        if deal["IsWon"] and not deal["IsDeleted"]
    }
    assert won == {
        row["opportunityid"]: (row["actualclosedate"], Decimal(str(row["actualvalue"])))
        for row in dynamics["opportunity"]
        if row["statecode"] == 1
    }
    sent = {guid(t["Id"]) for t in salesforce["Task"] if t["TaskSubtype"] == "Email" and not t["IsDeleted"]}
    outgoing = {row["activityid"] for row in dynamics["email"] if row["directioncode"] and row["statecode"] == 1}
    assert sent == outgoing
    assert any(not row["directioncode"] for row in dynamics["email"])
    days = {
        guid(member["Id"]): member["FirstRespondedDate"]
        for member in salesforce["CampaignMember"]
        if member["FirstRespondedDate"]
    }
    assert {row["activityid"] for row in dynamics["campaignresponse"]} == set(days)
    # A UserLocal day is midnight in New York, as an instant.
    for row in dynamics["campaignresponse"]:
        assert re.fullmatch(rf"{days[row['activityid']]}T0[45]:00:00Z", row["receivedon"])
