"""The Genesys source against the sandbox's org, which is as strict as the real one."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from common.attribution_attributes import ATTRIBUTION_NAMES
from common.errors import AttributionError
from common.warehouse import connect
from ingestion.genesys import client as genesys_client
from ingestion.pipeline import run_source
from sandbox.content import build_org
from sandbox.org import Org
from sandbox.server import Sandbox

Query = Callable[[str], list[dict[str, Any]]]
SCALE = 0.05
RATE_LIMIT = 1_000_000
JOBS_ONLY = {"genesys_fresh_conversations": False}


@pytest.fixture(scope="module")
def org() -> Org:
    return build_org(seed=1, scale=SCALE, as_of=date(2026, 6, 15))


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(genesys_client, "FIRST_PAUSE", 0.01)


@pytest.fixture
def sandbox(org: Org, warehouse_file: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    """The sandbox on loopback, and the settings that point the load at it."""
    with Sandbox(org, rate_limit=RATE_LIMIT) as running:
        use(running, monkeypatch)
        yield running


@pytest.fixture(scope="module")
def without_faults(org: Org, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The raw rows of a load that meets no fault."""
    with pytest.MonkeyPatch.context() as patch, Sandbox(org, rate_limit=RATE_LIMIT) as running:
        patch.setenv("ATTRIBUTION_DUCKDB_PATH", str(tmp_path_factory.mktemp("without") / "faults.duckdb"))
        use(running, patch)
        run_source("genesys")
        return raw_rows()


def use(running: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in running.environment.items():
        monkeypatch.setenv(name, value)


def raw_rows() -> dict[str, list[dict[str, Any]]]:
    """All raw Genesys tables by their keys, without the log of loads and without what differs from load to load."""
    with connect(read_only=True) as warehouse:
        tables = [
            row["table_name"]
            for row in warehouse.query(
                "select table_name from information_schema.tables where table_schema = 'raw_genesys'"
                " and not starts_with(table_name, '_dlt') and table_name <> 'completed_loads' order by table_name"
            )
        ]
        return {
            table: [
                {name: value for name, value in row.items() if name not in ("_dlt_load_id", "_dlt_id", "read_at")}
                for row in warehouse.query(f"select * from raw_genesys.{table} order by 1, 2")
            ]
            for table in tables
        }


def without_own_attributes(conversation: dict[str, Any]) -> list[dict[str, Any]]:
    participants = copy.deepcopy(conversation["participants"])
    for participant in participants:
        for name in ATTRIBUTION_NAMES.intersection(participant.get("attributes") or {}):
            del participant["attributes"][name]
    return participants


def test_every_conversation_arrives_once_with_its_participants(sandbox: Sandbox, org: Org) -> None:
    summary = run_source("genesys")
    rows = raw_rows()
    stored = {row["conversation_id"]: row for row in rows["conversations"]}
    # The trap of conversations that two windows return: more rows are read than there are conversations.
    assert summary.rows["conversations"] > len(org.conversations)
    assert len(rows["conversations"]) == len(stored) == len(org.conversations)
    for conversation in org.conversations:
        row = stored[conversation["conversationId"]]
        if row["conversation_end"] is not None:
            assert json.loads(row["participants"]) == without_own_attributes(conversation)
        assert row["conversation_start"] == datetime.fromisoformat(conversation["conversationStart"])
    dropped = [row for row in stored.values() if row["dropped_attributes"]]
    assert len(dropped) == org.truth["attribution_attribute_present"]["count"]
    assert len(rows["campaigns"]) == len(org.campaigns) + len(org.messaging_campaigns)
    assert {row["id"] for row in rows["users"]} == {user["id"] for user in org.users}


def test_the_next_load_brings_what_has_become_available(
    sandbox: Sandbox, org: Org, warehouse: Query, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    latest = sandbox.genesys.availability
    during = next(
        each
        for each in reversed(org.conversations)
        if each.get("conversationEnd")
        and datetime.fromisoformat(each["conversationEnd"]) < latest
        and datetime.fromisoformat(each["conversationEnd"]) - datetime.fromisoformat(each["conversationStart"])
        > timedelta(seconds=60)
    )
    id = during["conversationId"]
    ends = f"select conversation_end from raw_genesys.conversations where conversation_id = '{id}'"
    sandbox.genesys.availability = datetime.fromisoformat(during["conversationStart"]) + timedelta(seconds=30)
    run_source("genesys", variables=JOBS_ONLY)
    assert warehouse(ends) == [{"conversation_end": None}]
    run_source("genesys")
    final = datetime.fromisoformat(during["conversationEnd"])
    assert warehouse(ends.replace("conversation_end", "conversation_end, is_provisional", 1)) == [
        {"conversation_end": final, "is_provisional": True}
    ]
    sandbox.genesys.availability = latest
    run_source("genesys")
    assert warehouse(ends) == [{"conversation_end": final}]
    in_two_steps = raw_rows()["conversations"]
    monkeypatch.setenv("ATTRIBUTION_DUCKDB_PATH", str(tmp_path / "at-once.duckdb"))
    run_source("genesys")
    assert raw_rows()["conversations"] == in_two_steps


def test_a_client_that_reads_analytics_only_is_told_which_permission_it_lacks(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GENESYSCLOUD_OAUTHCLIENT_ID", "sandbox-weak")
    with pytest.raises(AttributionError, match=r"lacks the permission outbound:campaign:view\..* role of the OAuth"):
        run_source("genesys")


def test_a_wrong_secret_is_a_sentence(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GENESYSCLOUD_OAUTHCLIENT_SECRET", "no secret")
    with pytest.raises(AttributionError, match="does not accept the OAuth client sandbox-client"):
        run_source("genesys")


def test_a_rate_limit_slows_the_load_down_and_loses_nothing(
    org: Org, sandbox: Sandbox, warehouse: Query, monkeypatch: pytest.MonkeyPatch
) -> None:
    sandbox.genesys.rate_limit = 30
    sandbox.genesys.rate_window_seconds = 1.0
    run_source("genesys")
    assert warehouse("select count(*) as rows from raw_genesys.conversations") == [{"rows": len(org.conversations)}]


@pytest.mark.parametrize("seed", [1, 2])
def test_a_load_through_faults_equals_one_without(
    org: Org, without_faults: dict[str, Any], warehouse_file: Path, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    with Sandbox(org, rate_limit=RATE_LIMIT, faults=seed) as running:
        use(running, monkeypatch)
        run_source("genesys")
    assert raw_rows() == without_faults
    assert len(without_faults["conversations"]) == len(org.conversations)


def test_the_availability_bounds_what_is_read(
    org: Org, warehouse_file: Path, warehouse: Query, monkeypatch: pytest.MonkeyPatch
) -> None:
    halfway = datetime(2026, 2, 1, tzinfo=UTC)
    with Sandbox(org, rate_limit=RATE_LIMIT, availability=halfway) as running:
        use(running, monkeypatch)
        run_source("genesys", variables=JOBS_ONLY)
    [row] = warehouse("select count(*) as rows, max(conversation_start) as latest from raw_genesys.conversations")
    expected = [each for each in org.conversations if datetime.fromisoformat(each["conversationStart"]) < halfway]
    assert row["rows"] == len(expected)
    assert row["latest"] < halfway
