"""The Salesforce source against the sandbox's own org, well and with injected faults."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from common.warehouse import connect
from ingestion.pipeline import run_source
from ingestion.salesforce import client as salesforce_client
from sandbox.content import build_org
from sandbox.org import Org
from sandbox.server import Sandbox

TABLES = {
    "lead": "Lead",
    "contact": "Contact",
    "opportunity": "Opportunity",
    "opportunity_contact_role": "OpportunityContactRole",
    "campaign": "Campaign",
    "campaign_member": "CampaignMember",
    "task": "Task",
    "dated_conversion_rate": "DatedConversionRate",
}


@pytest.fixture(scope="module")
def org() -> Org:
    return build_org(seed=1, scale=0.1, as_of=date(2026, 6, 15))


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(salesforce_client, "FIRST_PAUSE", 0.01)


def loaded(org: Org, monkeypatch: pytest.MonkeyPatch, file: Path, faults: int | None) -> dict[str, list[Any]]:
    """Load the org into a new warehouse; every raw table's rows without dlt's columns, in the order of ids."""
    monkeypatch.setenv("ATTRIBUTION_DUCKDB_PATH", str(file))
    # Pages of 200 rows, the smallest that Salesforce gives, so that a small org has several.
    monkeypatch.setattr("sandbox.salesforce.answers.PAGE_SIZE", 200)
    with Sandbox(org, faults=faults) as sandbox:
        for name, value in sandbox.environment.items():
            monkeypatch.setenv(name, value)
        assert run_source("salesforce").notes == []
    with connect(read_only=True) as warehouse:
        return {
            table: warehouse.query(f"select * exclude (_dlt_id, _dlt_load_id) from raw_salesforce.{table} order by id")
            for table in TABLES
        }


@pytest.fixture
def undisturbed(org: Org, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> dict[str, list[Any]]:
    return loaded(org, monkeypatch, tmp_path / "undisturbed.duckdb", None)


def test_every_record_of_the_org_arrives(org: Org, undisturbed: dict[str, list[Any]]) -> None:
    for table, name in TABLES.items():
        records = [record for record in org.salesforce[name] if name != "Task" or record["TaskSubtype"] == "Email"]
        assert [row["id"] for row in undisturbed[table]] == sorted(record["Id"] for record in records)
        if name != "DatedConversionRate":
            deleted = {record["Id"] for record in records if record.get("IsDeleted")}
            assert {row["id"] for row in undisturbed[table] if row["is_deleted"]} == deleted
    merged = [row for row in undisturbed["lead"] if row["master_record_id"]]
    assert merged and all(row["is_deleted"] for row in merged)


@pytest.mark.parametrize("seed", [9, 13])
def test_a_load_with_faults_ends_as_one_without(
    org: Org, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, undisturbed: dict[str, list[Any]], seed: int
) -> None:
    assert loaded(org, monkeypatch, tmp_path / "faults.duckdb", seed) == undisturbed
