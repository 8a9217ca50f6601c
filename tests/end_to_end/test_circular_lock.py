"""What the write-back wrote never comes back in: ingestion drops it, and no export is built on what it produces."""

from __future__ import annotations

import ast
import copy
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest
from lineage import circles, exports, upstream
from world import WRITTEN_NAMES, FirstRound, World, differences

from common.settings import PROJECT_DIR
from sandbox.org import Org
from sandbox.server import Sandbox

TITLES = {key: title for title, key in WRITTEN_NAMES.items()}
LEDGER = "source.outbound_attribution.write_back.ledger"
EXPORTS = [f"model.outbound_attribution.export_genesys_{name}" for name in ("attribution", "contacts", "participants")]


def with_written_attributes(org: Org, records: list[dict[str, Any]]) -> Org:
    """The org after an Architect flow has copied each record onto its conversation's participants: by title, by key,
    on the customer, on the last participant."""
    copied = copy.deepcopy(org)
    conversations = {each["conversationId"]: each for each in copied.conversations}
    for number, record in enumerate(records):
        names = record["customAttributes"]
        if number % 2:
            names = {TITLES[key]: value for key, value in names.items()}
        people = conversations[record["conversationId"]]["participants"]
        person = people[0 if number % 3 else -1]
        person["attributes"] = {**person.get("attributes", {}), **{name: str(value) for name, value in names.items()}}
    return copied


@pytest.mark.parametrize("target", ["participant_attributes", "contact_columns"])
def test_what_another_target_wrote_is_in_the_org_and_none_of_it_is_loaded(
    first_round: FirstRound,
    world: World,
    org: Org,
    run_sandbox: Callable[..., Sandbox],
    ask: Callable[..., Any],
    target: str,
) -> None:
    sandbox = run_sandbox(org, first_round.memory)
    world.begin_with(first_round.file)
    before = raw(world, "conversations", "participants") | raw(world, "contacts", "data")
    with duckdb.connect(str(world.file)) as connection:
        connection.execute(
            "update build_log.builds set vars = json_merge_patch(vars::json, ?::json)::varchar",
            [json.dumps({"write_back_target": target})],
        )
        # As if long ago, so that the load reads every contact again.
        connection.execute("update raw_genesys.contacts set read_at = timestamptz '2000-01-01'")
    assert world.write_back(sandbox).sent > 10
    written = [
        each for each in ask(sandbox, "journal") if each["kind"] in ("participant_attributes", "contacts_edited")
    ]
    assert all("AttributionCredit" in (each.get("attributes") or each["data"]) for each in written)
    world.load(sandbox, "genesys", since=datetime(2025, 9, 1, tzinfo=UTC))
    after = raw(world, "conversations", "participants") | raw(world, "contacts", "data")
    assert after == before
    for column in ("participants", "data"):
        assert not [text for text in after.values() if '"Attribution' in str(text)], column
    if target == "participant_attributes":
        dropped = world.query("select count(*) as times from raw_genesys.conversations where dropped_attributes >= 7")
        assert dropped[0]["times"] == len(written)


def raw(world: World, table: str, column: str) -> dict[str, Any]:
    """A JSON column of a raw table by conversation or contact, without the attributes of one that has none."""
    key = "conversation_id" if table == "conversations" else "contact_list_id || '/' || id"
    rows = world.query(f"select {key} as id, cast({column} as varchar) as text from raw_genesys.{table}")
    return {row["id"]: participants({column: row["text"]}) if table == "conversations" else row["text"] for row in rows}


@pytest.fixture(scope="module")
def round_after(
    first_round: FirstRound, world: World, org: Org, run_sandbox: Callable[..., Sandbox], ask: Callable[..., Any]
) -> dict[str, Any]:
    """A round in which every conversation is read again, with the written attributes on it."""
    sandbox = run_sandbox(with_written_attributes(org, first_round.attributes), first_round.memory)
    world.begin_with(first_round.file)
    world.load(sandbox, "genesys", since=datetime(2025, 9, 1, tzinfo=UTC))
    world.build()
    world.write_back(sandbox)
    tables = world.query("select table_name from information_schema.tables where table_schema = 'raw_genesys'")
    return {
        "raw": {
            row["table_name"]: world.query(f"select cast(t as varchar) as text from raw_genesys.{row['table_name']} t")
            for row in tables
        },
        "conversations": world.query("select * from raw_genesys.conversations"),
        "contents": world.contents(),
        "journal": ask(sandbox, "journal"),
    }


def test_the_written_attributes_are_in_the_org_and_none_is_loaded(
    first_round: FirstRound, round_after: dict[str, Any]
) -> None:
    written = {record["conversationId"]: len(record["customAttributes"]) for record in first_round.attributes}
    assert sum(written.values()) > 100
    before = {row["conversation_id"]: row for row in first_round.query("select * from raw_genesys.conversations")}
    after = {row["conversation_id"]: row for row in round_after["conversations"]}
    assert after.keys() == before.keys()
    for id, row in after.items():
        assert participants(row) == participants(before[id])
        # Titles and keys of the same seven stood on some before, so that some of the names are no new ones.
        already = before[id]["dropped_attributes"]
        assert written.get(id, 0) <= row["dropped_attributes"] <= written.get(id, 0) + already
        assert row["dropped_attributes"] >= already


def test_no_raw_table_holds_a_name_of_the_write_back(round_after: dict[str, Any]) -> None:
    assert {"conversations", "contacts", "campaigns"} <= round_after["raw"].keys()
    texts = [row["text"] for rows in round_after["raw"].values() for row in rows]
    assert any("CampaignID" in text for text in texts)
    for name in [*WRITTEN_NAMES, *WRITTEN_NAMES.values()]:
        assert not [text for text in texts if f'"{name}"' in text or f"'{name}'" in text]


def test_what_came_back_changes_nothing_but_the_count_of_what_was_dropped(
    first_round: FirstRound, round_after: dict[str, Any]
) -> None:
    changed = differences(first_round.contents(), round_after["contents"])
    assert changed.keys() == {"reports.rpt_data_quality"}
    gone, come = changed["reports.rpt_data_quality"]
    assert {row[0] for row in [*gone, *come]} == {"write_back_attribute_dropped"}
    assert {row[2] for row in come} <= {record["conversationId"] for record in first_round.attributes}
    assert round_after["journal"] == first_round.memory["journal"]


def test_no_export_is_built_on_what_the_write_back_produces(first_round: FirstRound) -> None:
    manifest = first_round.manifest
    assert LEDGER in manifest["sources"], "the write-back's tables are declared, so that the lineage shows them"
    assert sorted(exports(manifest)) == EXPORTS
    ancestors = upstream(manifest, EXPORTS[0])
    assert "source.outbound_attribution.raw_genesys.conversations" in ancestors
    assert all(manifest["nodes"][name]["compiled_code"] for name in ancestors if name.startswith("model."))
    assert circles(manifest) == []


@pytest.mark.parametrize(
    "model",
    [
        "export_genesys_attribution",
        "fct_attribution",
        "int_touches",
        "int_genesys__attributes",
        "stg_genesys__conversations",
    ],
)
def test_a_model_that_reads_the_ledger_is_caught_by_its_lineage(first_round: FirstRound, model: str) -> None:
    altered = copy.deepcopy(first_round.manifest)
    altered["parent_map"][f"model.outbound_attribution.{model}"].append(LEDGER)
    assert ("model.outbound_attribution.export_genesys_attribution", LEDGER) in circles(altered)


@pytest.mark.parametrize("where", ["raw_code", "compiled_code", "pre-hook"])
@pytest.mark.parametrize(
    "text", ["from write_back.ledger", 'from "warehouse"."write_back"."runs"', "join WRITE_BACK . ledger"]
)
def test_a_model_that_names_the_ledger_past_the_lineage_is_caught_by_its_text(
    first_round: FirstRound, where: str, text: str
) -> None:
    name = "model.outbound_attribution.int_journeys"
    altered = copy.deepcopy(first_round.manifest)
    node = altered["nodes"][name]
    if where == "pre-hook":
        node["config"]["pre-hook"] = [{"sql": f"delete {text}", "transaction": True}]
    else:
        node[where] += f"\n{text}"
    readers = [export for export in exports(altered) if name in upstream(altered, export)]
    assert EXPORTS[0] in readers
    assert circles(altered) == [(export, name) for export in readers]


def test_a_table_of_another_name_that_the_write_back_produces_is_caught_by_its_meta(first_round: FirstRound) -> None:
    altered = copy.deepcopy(first_round.manifest)
    name = "source.outbound_attribution.raw_genesys.contacts"
    altered["sources"][name]["config"]["meta"] = {"produced_by": "write_back"}
    readers = [export for export in exports(altered) if name in upstream(altered, export)]
    assert EXPORTS[0] in readers
    assert circles(altered) == [(export, name) for export in readers]


def test_a_model_beside_the_exports_may_read_the_ledger(first_round: FirstRound) -> None:
    altered = copy.deepcopy(first_round.manifest)
    altered["parent_map"]["model.outbound_attribution.rpt_data_quality"].append(LEDGER)
    assert circles(altered) == []


@pytest.mark.parametrize(
    ("package", "forbidden"),
    [("ingestion", {"write_back", "sandbox", "cli"}), ("write_back", {"ingestion", "sandbox", "cli"})],
)
def test_the_way_in_and_the_way_out_know_nothing_of_one_another(package: str, forbidden: set[str]) -> None:
    files = list((PROJECT_DIR / package).rglob("*.py"))
    assert files
    for file in files:
        assert not _imported(file) & forbidden, file


def participants(row: dict[str, Any]) -> list[dict[str, Any]]:
    """A conversation's participants, without the attributes of one that has none."""
    people = json.loads(row["participants"])
    return [{name: value for name, value in each.items() if name != "attributes" or value} for each in people]


def _imported(file: Path) -> set[str]:
    """The top-level packages that a module imports."""
    found = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.split(".")[0])
    return found
