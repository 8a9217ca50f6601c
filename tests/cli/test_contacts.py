"""`attribution contacts upload` against the sandbox: what is sent, what is left out, and what is said of it."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from cli import contact_upload
from cli.main import app
from common.errors import AttributionError
from ingestion.genesys import client as genesys_client
from sandbox.content import build_org
from sandbox.genesys import contacts as sandbox_contacts
from sandbox.genesys.errors import bad_request
from sandbox.server import Sandbox

LEAD = "00Q5e00000NEWAAB"
HEADER = ["LeadID", "CampaignID", "TouchSequence", "LeadSource", "Phone"]


@pytest.fixture
def sandbox(monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    monkeypatch.setattr(genesys_client, "FIRST_PAUSE", 0.005)
    with Sandbox(build_org(seed=1, scale=0.02, as_of=date(2026, 6, 15)), rate_limit=100_000) as running:
        for name, value in running.environment.items():
            monkeypatch.setenv(name, value)
        yield running


@pytest.fixture
def upload(sandbox: Sandbox, tmp_path: Path) -> Callable[..., Result]:
    """Write the rows as CSV and upload them into the org's first contact list; an error comes as it is raised."""

    def run(rows: list[dict[str, Any]], *arguments: str, into: str | None = None, header: Any = None) -> Result:
        path = tmp_path / "leads.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, header or list(dict.fromkeys(name for row in rows for name in row)))
            writer.writeheader()
            writer.writerows(rows)
        chosen = into or sandbox.genesys.org.contact_lists[0]["name"]
        arguments = ("contacts", "upload", "--contact-list", chosen, "--file", str(path), *arguments)
        return CliRunner().invoke(app, arguments)

    return run


def held(sandbox: Sandbox) -> dict[str, dict[str, Any]]:
    """The contacts of the first list, by id."""
    return sandbox.genesys.contacts[sandbox.genesys.org.contact_lists[0]["id"]]


def writes(sandbox: Sandbox) -> list[list[str]]:
    return [entry["ids"] for entry in sandbox.genesys.journal if entry["kind"] == "contacts"]


def last_line(result: Result) -> str:
    return result.output.strip().splitlines()[-1].split(": ", 1)[1]


def test_leads_are_added_once_and_only_what_differs_is_sent(sandbox: Sandbox, upload: Callable[..., Result]) -> None:
    leads = Counter(lead[:15] for each in held(sandbox).values() if (lead := each["data"].get("LeadID")))
    known = next(each for each in held(sandbox).values() if leads[each["data"].get("LeadID", "")[:15]] == 1)
    before = dict(known["data"])
    rows = [
        {"LeadID": LEAD, "CampaignID": "C1", "TouchSequence": "1", "Phone": "(317) 555-0142"},
        {"LeadID": known["data"]["LeadID"][:15], "CampaignID": "C-other", "TouchSequence": "7", "Phone": ""},
    ]
    result = upload(rows, "--dry-run")
    assert last_line(result) == "1 would be added, 1 would be changed, 0 unchanged, 0 left out"
    assert writes(sandbox) == []

    assert last_line(upload(rows)) == "1 added, 1 changed, 0 unchanged, 0 left out"
    assert known["id"] in writes(sandbox)[0]
    data = held(sandbox)[known["id"]]["data"]
    # What the file says goes over what is there; what it leaves empty stays.
    assert data == {**before, "CampaignID": "C-other", "TouchSequence": "7", "LeadID": rows[1]["LeadID"]}
    added = [each for each in held(sandbox).values() if each["data"].get("LeadID") == LEAD]
    assert [each["data"]["CampaignID"] for each in added] == ["C1"]

    # The same phone in other writing is no change.
    rows[0]["Phone"] = "+13175550142"
    assert last_line(upload(rows)) == "0 added, 0 changed, 2 unchanged, 0 left out"
    assert len(writes(sandbox)) == 1
    rows[0]["TouchSequence"] = "2"
    assert last_line(upload(rows)) == "0 added, 1 changed, 1 unchanged, 0 left out"
    assert writes(sandbox)[1] == [added[0]["id"]]


def test_an_export_of_the_list_names_contacts_by_id(sandbox: Sandbox, upload: Callable[..., Result]) -> None:
    ids = list(held(sandbox))[:2]
    rows = [
        {"inin-outbound-id": id, "ContactCallable": "1", "CallRecordLastAttempt-Phone": "", "TouchSequence": "9"}
        for id in (*ids, "gone")
    ]
    result = upload(rows)
    assert result.exit_code == 1
    assert "line 4: the list has no contact of this id" in result.output
    assert last_line(result) == "0 added, 2 changed, 0 unchanged, 1 left out"
    assert {held(sandbox)[id]["data"]["TouchSequence"] for id in ids} == {"9"}


def test_each_line_that_can_not_be_done_is_named_and_the_others_are_sent(
    sandbox: Sandbox, upload: Callable[..., Result]
) -> None:
    twice = [dict(each, id=f"copy-{number}") for number, each in enumerate(list(held(sandbox).values())[:1] * 2)]
    for number, contact in enumerate(twice):
        contact["data"] = {**contact["data"], "LeadID": "00Q5e00000TWICE"}
        held(sandbox)[f"copy-{number}"] = contact
    good = {"LeadID": LEAD, "CampaignID": "C1", "TouchSequence": "1", "LeadSource": "Web", "Phone": "+13175550142"}
    bad = [
        {**good, "LeadID": ""},
        {**good, "TouchSequence": "third"},
        {**good, "Phone": "none"},
        {**good, "LeadID": "00Q5e00000TWICE"},
        {**good, "LeadID": "00Q5e00000NOPHN", "Phone": ""},
        {**good, "CampaignID": "C2"},
    ]
    result = upload([good, *bad])
    assert result.exit_code == 1
    assert result.output.strip().splitlines()[:-1] == [
        "line 3: it names neither a contact nor a lead (LeadID is empty)",
        "line 4: TouchSequence is 'third', which is no whole number",
        "line 5: Phone is no phone number (ATTRIBUTION_PHONE_REGION reads national ones)",
        "line 6: the list has 2 contacts of this lead: name one by inin-outbound-id",
        "line 7: the list has no contact of this lead, and without a phone none can be added",
        "line 8: the same contact as line 2",
    ]
    assert last_line(result) == "1 added, 0 changed, 0 unchanged, 6 left out"


def test_a_contact_that_the_org_refuses_holds_back_no_other(
    sandbox: Sandbox, upload: Callable[..., Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    real = sandbox_contacts.json_body

    async def picky(request: Any, shape: Any) -> Any:
        body = await real(request, shape)
        if request.url.path.endswith("/contacts") and any(each["data"]["LeadID"].endswith("5") for each in body):
            raise bad_request("Contact data is too long.")
        return body

    monkeypatch.setattr(sandbox_contacts, "json_body", picky)
    rows = [
        {"LeadID": f"lead-{number}", "CampaignID": "C1", "TouchSequence": "1", "Phone": f"+1317555{number:04}"}
        for number in range(150)
    ]
    result = upload(rows)
    assert last_line(result) == "135 added, 0 changed, 0 unchanged, 15 left out"
    assert "line 7: Genesys Cloud refuses it: Contact data is too long" in result.output
    assert all(len(ids) <= contact_upload.BATCH for ids in writes(sandbox))


@pytest.mark.parametrize(
    ("rows", "options", "message", "remedy"),
    [
        ([{"LeadID": "x", "Campaign": "C1"}], {}, "the column 'Campaign', which the contact list", "CampaignID"),
        ([{"CampaignID": "C1"}], {}, "neither inin-outbound-id nor LeadID", "Add the column LeadID"),
        ([{"LeadID": "x"}], {"into": "no such list"}, "no contact list 'no such list'", "The org's lists are"),
        ([{"LeadID": "x"}], {"header": ["LeadID", "LeadID"]}, "has the column LeadID twice", "Keep one"),
    ],
)
def test_a_file_or_a_list_that_does_not_fit_stops_before_anything_is_sent(
    sandbox: Sandbox, upload: Callable[..., Result], rows: Any, options: Any, message: str, remedy: str
) -> None:
    result = upload(rows, **options)
    assert isinstance(result.exception, AttributionError)
    assert message in result.exception.message
    assert remedy in result.exception.remedy
    assert writes(sandbox) == []


def test_a_file_that_is_not_there_is_said_before_any_credentials_are_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("REGION", "BASE_URL", "OAUTHCLIENT_ID", "OAUTHCLIENT_SECRET"):
        monkeypatch.delenv(f"GENESYSCLOUD_{name}", raising=False)
    result = CliRunner().invoke(app, ["contacts", "upload", "--contact-list", "x", "--file", "nowhere.csv"])
    assert isinstance(result.exception, AttributionError)
    assert "nowhere.csv can't be read" in result.exception.message


def test_a_list_without_the_needed_columns_is_said(sandbox: Sandbox, upload: Callable[..., Result]) -> None:
    result = upload([{"LeadID": "x"}], "--vars", "{genesys_attributes: [Campaign, TouchSequence, Source, LeadID]}")
    assert isinstance(result.exception, AttributionError)
    assert "has no column Campaign, Source" in result.exception.message


@pytest.mark.parametrize(
    ("lead_id", "forms"),
    [
        ("0018000000hOh1X", ("0018000000hOh1X", "0018000000hOh1XAAS")),
        ("0018000000hOh1XAAS", ("0018000000hOh1X", "0018000000hOh1XAAS")),
        ("lead-1", ("lead-1",)),
    ],
)
def test_a_lead_is_looked_for_in_both_ways_in_which_its_id_may_be_written(lead_id: str, forms: tuple[str, ...]) -> None:
    assert contact_upload.forms_of(lead_id) == forms
