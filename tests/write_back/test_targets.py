"""Whatever the target: only what changed is sent, each write is made once, and what is no longer exported is zero."""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest
from PureCloudPlatformClientV2 import ContactBulkEditRequest, ParticipantAttributes

from common.attribution_attributes import ATTRIBUTION_ATTRIBUTES, ATTRIBUTION_KEYS
from common.errors import AttributionError
from sandbox.faults import FaultInjector
from sandbox.org import Org
from sandbox.server import Sandbox
from write_back.records import as_text
from write_back.run import write_back

TITLES = list(ATTRIBUTION_ATTRIBUTES)
SIZE = 16
LISTS = {"list-a": ["LeadID", *TITLES], "list-b": ["LeadID", "AttributionCredit"], "list-c": ["LeadID"]}
# Contacts are shared out over the lists; that of list-c can hold nothing of it.
CONTACTS = {number: ("list-a", "list-b", "list-a", "list-c")[number % 4] for number in range(1, SIZE + 1)}


def org() -> Org:
    """Conversations with a customer and an agent, and contact lists with all columns, with one, with none."""
    return Org(
        seed=1,
        scale=0.0,
        as_of=date(2026, 6, 15),
        organization={"id": "org", "name": "Small"},
        conversations=[
            {
                "conversationId": f"conversation-{number:03}",
                "conversationStart": f"2026-06-01T00:{number:02}:00.000Z",
                "conversationEnd": f"2026-06-01T00:{number:02}:30.000Z",
                "originatingDirection": "outbound",
                "participants": [
                    {"participantId": f"customer-{number}", "purpose": "customer", "attributes": {"CampaignID": "C"}},
                    {"participantId": f"agent-{number}", "purpose": "agent"},
                ],
            }
            for number in range(1, SIZE + 1)
        ],
        contact_lists=[{"id": id, "name": id, "columnNames": columns} for id, columns in LISTS.items()],
        contacts={
            list_id: {
                f"contact-{number}": {
                    "id": f"contact-{number}",
                    "contactListId": list_id,
                    "data": {"LeadID": f"L{number}"},
                }
                for number, its_list in CONTACTS.items()
                if its_list == list_id
            }
            for list_id in LISTS
        },
    )


@dataclass
class Place:
    """A target: which records it takes, by number, and what it holds of each, as text by title."""

    name: str
    held: Callable[[Sandbox, Path], dict[int, dict[str, str]]]
    takes: Callable[[int], bool] = lambda number: True
    titles: Callable[[int], list[str]] = lambda number: TITLES
    kinds: tuple[str, ...] = ()
    file: str = "credit.csv"


def on_participants(sandbox: Sandbox, folder: Path) -> dict[int, dict[str, str]]:
    found = {}
    for conversation in sandbox.genesys.store.conversations:
        customer, agent = conversation["participants"]
        assert "attributes" not in agent and customer["attributes"]["CampaignID"] == "C"
        found[number_in(conversation["conversationId"])] = without(customer["attributes"], "CampaignID")
    return {number: values for number, values in found.items() if values}


def in_contacts(sandbox: Sandbox, folder: Path) -> dict[int, dict[str, str]]:
    contacts = [each for contacts in sandbox.genesys.contacts.values() for each in contacts.values()]
    assert all(each["data"]["LeadID"] == f"L{number_in(each['id'])}" for each in contacts)
    found = {number_in(each["id"]): without(each["data"], "LeadID") for each in contacts}
    return {number: values for number, values in found.items() if values}


def in_attributes(sandbox: Sandbox, folder: Path) -> dict[int, dict[str, str]]:
    return {
        number_in(id): as_text({title: record["customAttributes"].get(ATTRIBUTION_KEYS[title]) for title in TITLES})
        for id, records in sandbox.genesys.attributes.items()
        for record in records.values()
    }


def in_csv(sandbox: Sandbox, folder: Path) -> dict[int, dict[str, str]]:
    if not (folder / "credit.csv").exists():
        return {}
    with (folder / "credit.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return {number_in(row.pop("conversation_id")): as_text({t: read(t, row[t]) for t in TITLES}) for row in rows}


def read(title: str, text: str) -> Any:
    """A value of a CSV file as it was before it was written."""
    return float(text) if text and ATTRIBUTION_ATTRIBUTES[title] == "number" else text or None


def in_parquet(sandbox: Sandbox, folder: Path) -> dict[int, dict[str, str]]:
    if not (folder / "credit.parquet").exists():
        return {}
    with duckdb.connect() as connection:
        cursor = connection.execute(f"from '{folder}/credit.parquet'")
        names = [column[0] for column in cursor.description]
        rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    return {number_in(row.pop("conversation_id")): as_text(row) for row in rows}


def number_in(id: str) -> int:
    return int(id.rsplit("-", 1)[1])


def without(values: dict[str, str], name: str) -> dict[str, str]:
    return {title: value for title, value in values.items() if title != name}


def lose_file(folder: Path) -> None:
    for file in folder.glob("credit.*"):
        file.unlink()


PLACES = {
    "custom attributes": Place("custom_attributes", in_attributes, kinds=("custom_attributes",)),
    "participant": Place("participant_attributes", on_participants, kinds=("participant_attributes",)),
    "contact": Place(
        "contact_columns",
        in_contacts,
        takes=lambda number: CONTACTS[number] != "list-c",
        titles=lambda number: LISTS[CONTACTS[number]][1:],
        kinds=("contacts_edited",),
    ),
    "csv": Place("file", in_csv),
    "parquet": Place("file", in_parquet, file="credit.parquet"),
}


@pytest.fixture(params=list(PLACES))
def place(request: pytest.FixtureRequest, export: Any, tmp_path: Path) -> Place:
    """Each target in turn, as the last build names it."""
    found = PLACES[request.param]
    name_target(export, found.name, str(tmp_path / found.file))
    return found


def name_target(export: Any, name: str, file: str = "credit.csv") -> None:
    """Let the last build have these settings."""
    export.execute("create schema if not exists build_log")
    export.execute("create or replace table build_log.builds (finished_at timestamp, vars varchar)")
    kept = json.dumps({"write_back_target": name, "write_back_file": file})
    export.execute("insert into build_log.builds values (now()::timestamp, ?)", [kept])


def fill(export: Any, *rows: dict[str, Any]) -> None:
    """The export, and what other targets need beside it, as the models make them of it."""
    export.fill(*rows)
    export.execute(
        """create or replace view exports.export_genesys_participants as
        select conversation_id, 'customer-' || cast(right(conversation_id, 3) as integer) as participant_id
        from exports.export_genesys_attribution"""
    )
    lists = ", ".join(f"('{f'conversation-{number:03}'}', '{list_id}')" for number, list_id in CONTACTS.items())
    export.execute(
        f"""create or replace view exports.export_genesys_contacts as
        select contact_list_id, 'contact-' || cast(right(conversation_id, 3) as integer) as contact_id, exported.*
        from exports.export_genesys_attribution as exported
        inner join (values {lists}) as called (conversation_id, contact_list_id) using (conversation_id)"""
    )


def run_sandbox(monkeypatch: pytest.MonkeyPatch, **options: Any) -> Sandbox:
    for name in ("client.BACKOFF_SECONDS", "records.PAUSE_SECONDS", "contact_columns.FIRST_LOOK_SECONDS"):
        monkeypatch.setattr(f"write_back.{name}", 0.01)
    return Sandbox(org(), rate_limit=100_000, **options)


def point_at(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in sandbox.environment.items():
        monkeypatch.setenv(name, value)


def expected(place: Place, *rows: dict[str, Any]) -> dict[int, dict[str, str]]:
    """What the target should hold of these rows; a row of None in place of its credit is one that was taken back."""
    found = {}
    for row in rows:
        number = number_in(row["conversation_id"])
        if place.takes(number):
            values = as_text(dict(zip(TITLES, sent(row), strict=True)))
            found[number] = {title: values[title] for title in place.titles(number)}
    return found


def sent(row: dict[str, Any]) -> list[Any]:
    return [
        round(row["attribution_credit"], 9),
        float(row["attributed_value"]),
        row["attribution_model"],
        row["single_win_credit"],
        row["campaign_id"],
        row["touch_sequence"],
        row["conversion_count"],
    ]


def taken_back(place: Place, number: int) -> dict[int, dict[str, str]]:
    zeros = dict(zip(TITLES, ["0", "0", "", "0", "", "", "0"], strict=True))
    return {number: {title: zeros[title] for title in place.titles(number)}} if place.takes(number) else {}


def writes(sandbox: Sandbox, place: Place) -> Counter[str]:
    """How often each record was written, and with which content."""
    found: Counter[str] = Counter()
    for entry in sandbox.genesys.journal:
        if entry["kind"] in place.kinds:
            content = entry.get("customAttributes") or entry.get("attributes") or entry.get("data")
            ids = entry.get("ids") or [entry["conversationId"]]
            found.update(f"{id} {json.dumps(content, sort_keys=True)}" for id in ids)
    return found


def test_target_ends_as_the_export_through_change_and_retraction(place, export, row, monkeypatch, tmp_path):
    rows = [row(number) for number in range(1, SIZE + 1)]
    takes = [place.takes(number) for number in range(1, SIZE + 1)]
    with run_sandbox(monkeypatch) as sandbox:
        point_at(sandbox, monkeypatch)
        fill(export, *rows)
        first = write_back()
        assert (first.sent, first.failed, first.target) == (sum(takes), 0, place.name)
        assert place.held(sandbox, tmp_path) == expected(place, *rows)
        written = writes(sandbox, place)
        assert set(written.values()) <= {1}

        again = write_back()
        assert (again.sent, again.unchanged) == (0, sum(takes))
        assert writes(sandbox, place) == written

        changed = [row(2, attribution_credit=0.25), *rows[3:]]  # 1 and 3 leave the export, 2 changes
        fill(export, *changed)
        summary = write_back()
        assert (summary.sent, summary.retracted) == (takes[1], takes[0] + takes[2])
        held = expected(place, *changed) | taken_back(place, 1) | taken_back(place, 3)
        assert place.held(sandbox, tmp_path) == dict(sorted(held.items()))
        assert write_back().retracted == 0


def test_through_faults_the_target_ends_the_same_and_each_write_is_made_once(place, export, row, monkeypatch, tmp_path):
    rows = [row(number) for number in range(1, SIZE + 1)]
    changed = [row(number, campaign_id="other") for number in range(1, SIZE - 4)]
    ends = []
    for faults in (None, 3):
        export.execute("drop schema if exists write_back cascade")
        lose_file(tmp_path)
        with run_sandbox(monkeypatch, faults=faults) as sandbox:
            point_at(sandbox, monkeypatch)
            for rows_of_run in (rows, changed):
                fill(export, *rows_of_run)
                assert write_back().failed == 0
            ends.append((place.held(sandbox, tmp_path), writes(sandbox, place)))
            if faults and place.kinds:
                layer = sandbox.app.middleware_stack
                while not isinstance(layer, FaultInjector):
                    layer = layer.app
                assert sum(layer.injected.values()) > 1
    assert ends[1] == ends[0]


def test_what_a_killed_run_left_open_is_looked_up_first(place, export, row, monkeypatch, tmp_path):
    rows = [row(number) for number in range(1, SIZE + 1)]
    with run_sandbox(monkeypatch) as sandbox:
        point_at(sandbox, monkeypatch)
        fill(export, *rows)
        write_back()
        before = writes(sandbox, place)
        export.execute("update write_back.ledger set status = 'pending', row_hash = null")
        assert write_back().failed == 0
        assert writes(sandbox, place) == before
        assert place.held(sandbox, tmp_path) == expected(place, *rows)


def test_dry_run_touches_nothing(place, export, row, monkeypatch, tmp_path):
    with run_sandbox(monkeypatch) as sandbox:
        point_at(sandbox, monkeypatch)
        fill(export, row(1), row(2))
        assert write_back(dry_run=True).planned.new == 2
        assert place.held(sandbox, tmp_path) == {}
        assert sandbox.genesys.journal == []


def test_bodies_are_what_the_sdk_knows(export, row, monkeypatch):
    seen: dict[str, Any] = {}
    for name, model, part in (
        ("participant_attributes", ParticipantAttributes, "/attributes"),
        ("contact_columns", ContactBulkEditRequest, "/bulk/update"),
    ):
        name_target(export, name)
        with run_sandbox(monkeypatch) as sandbox:
            point_at(sandbox, monkeypatch)
            fill(export, row(1), row(2))
            monkeypatch.setattr(
                "write_back.client.GenesysClient.write",
                lambda self, *request, part=part: seen.update({part: request}) or {"state": "Complete"},
            )
            write_back(workers=1)
        method, path, body = seen[part]
        assert path.endswith(part) and method == ("PATCH" if part == "/attributes" else "POST")
        assert set(body) <= set(model().attribute_map.values())


def test_equal_values_of_a_list_are_one_edit_and_one_bad_contact_holds_back_no_other(
    export, row, monkeypatch, tmp_path
):
    place = PLACES["contact"]
    name_target(export, place.name)
    same = {"attribution_credit": 0.5, "attributed_value": 1, "campaign_id": "C", "touch_sequence": 1}
    same |= {"conversion_count": 1, "single_win_credit": 0.0, "last_converted_at": datetime(2026, 6, 1)}
    rows = [row(number, **same) for number in range(1, SIZE + 1)]
    with run_sandbox(monkeypatch) as sandbox:
        point_at(sandbox, monkeypatch)
        gone = sandbox.genesys.contacts["list-a"].pop("contact-2")
        fill(export, *rows)
        summary = write_back()
        edits = [entry for entry in sandbox.genesys.journal if entry["kind"] == "contacts_edited"]
        assert len(edits) == 2
        assert (summary.failed, summary.sent) == (1, sum(map(place.takes, CONTACTS)) - 1)
        assert summary.failures[0].name == f"list-a/{gone['id']}"
        assert summary.failures[0].error == "404: the contact is not in the contact list any more"
        assert place.held(sandbox, tmp_path) == expected(place, *(each for each in rows if each is not rows[1]))


def test_lists_without_a_column_are_named_and_where_there_is_no_other_it_is_an_error(export, row, monkeypatch, caplog):
    name_target(export, "contact_columns")
    with run_sandbox(monkeypatch) as sandbox:
        point_at(sandbox, monkeypatch)
        fill(export, row(1), row(3))  # contact 3 is in list-c
        assert write_back().sent == 1
        assert "1 contact lists have no column named Attribution..., and are left out: list-c" in caplog.text
        fill(export, row(3))
        with pytest.raises(AttributionError, match="None of the contact lists") as no:
            write_back()
        assert "AttributionCredit" in no.value.remedy


def test_file_that_was_taken_away_is_written_again_with_what_was_taken_back(export, row, monkeypatch, tmp_path):
    place = PLACES["csv"]
    name_target(export, "file", str(tmp_path / "credit.csv"))
    fill(export, row(1), row(2))
    write_back()
    fill(export, row(1))
    write_back()
    before = (tmp_path / "credit.csv").read_bytes()
    (tmp_path / "credit.csv").unlink()
    write_back(since=datetime(2030, 1, 1, tzinfo=UTC))  # which bounds requests, and a file takes none
    assert (tmp_path / "credit.csv").read_bytes() == before
    assert place.held(None, tmp_path) == expected(place, row(1)) | taken_back(place, 2)


def test_file_that_can_t_be_written_is_a_sentence(export, row, tmp_path):
    (tmp_path / "occupied").write_text("a file, no folder")
    name_target(export, "file", str(tmp_path / "occupied" / "credit.csv"))
    fill(export, row(1))
    with pytest.raises(AttributionError, match="can't be written") as no:
        write_back()
    assert "write_back_file" in no.value.remedy


@pytest.mark.parametrize(("name", "said"), [("elsewhere", "The var write_back_target is 'elsewhere'"), (None, "None")])
def test_target_that_is_none_is_a_sentence(export, row, name, said):
    name_target(export, name)
    fill(export, row(1))
    with pytest.raises(AttributionError, match=said) as no:
        write_back(dry_run=True)
    assert "custom_attributes, participant_attributes, contact_columns, file" in no.value.remedy


@pytest.mark.parametrize("target", ["participant_attributes", "contact_columns"])
def test_build_without_the_target_s_export_is_a_sentence(export, row, target):
    name_target(export, target)
    export.fill(row(1))
    with pytest.raises(AttributionError, match=r"The warehouse has no exports\.export_genesys_") as no:
        write_back(dry_run=True)
    assert "dbt build" in no.value.remedy
