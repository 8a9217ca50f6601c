"""The Salesforce source against the sandbox's own org, well and with injected faults."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from common.warehouse import connect
from ingestion.pipeline import run_source
from ingestion.salesforce import bulk
from ingestion.salesforce import client as salesforce_client
from sandbox.content import build_org
from sandbox.org import Org
from sandbox.server import Sandbox

TABLES = {
    "lead": "Lead",
    "lead_history": "LeadHistory",
    "contact": "Contact",
    "opportunity": "Opportunity",
    "opportunity_history": "OpportunityHistory",
    "opportunity_contact_role": "OpportunityContactRole",
    "campaign": "Campaign",
    "campaign_member": "CampaignMember",
    "task": "Task",
    "dated_conversion_rate": "DatedConversionRate",
}
# Of two objects some records alone are read.
WANTED: dict[str, Callable[[dict[str, Any]], bool]] = {
    "Task": lambda record: record["TaskSubtype"] == "Email",
    "LeadHistory": lambda record: record["Field"] in ("leadConverted", "Status"),
}


@pytest.fixture(scope="module")
def org() -> Org:
    return build_org(seed=1, scale=0.1, as_of=date(2026, 6, 15))


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(salesforce_client, "FIRST_PAUSE", 0.01)
    monkeypatch.setattr(bulk, "FIRST_WAIT", 0.01)
    monkeypatch.setattr(bulk, "PAGE_ROWS", 150)


def loaded(
    org: Org, monkeypatch: pytest.MonkeyPatch, file: Path, faults: int | None, bulk_rows: int = bulk.ROWS
) -> dict[str, list[Any]]:
    """Load the org into a new warehouse; every raw table's rows without dlt's columns, in the order of ids."""
    monkeypatch.setenv("ATTRIBUTION_DUCKDB_PATH", str(file))
    # Pages of 200 rows, the smallest that Salesforce gives, so that a small org has several.
    monkeypatch.setattr("sandbox.salesforce.answers.PAGE_SIZE", 200)
    with Sandbox(org, faults=faults) as sandbox:
        for name, value in sandbox.environment.items():
            monkeypatch.setenv(name, value)
        assert run_source("salesforce", bulk_rows=bulk_rows).notes == []
        # A job is deleted once it was read.
        assert not sandbox.app.state.salesforce.jobs.jobs
        assert bool(sandbox.app.state.salesforce.jobs.made) == (bulk_rows == 0)
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
        records = [record for record in org.salesforce[name] if name not in WANTED or WANTED[name](record)]
        assert [row["id"] for row in undisturbed[table]] == sorted(record["Id"] for record in records)
        if name not in ("DatedConversionRate", "LeadHistory", "OpportunityHistory"):
            deleted = {record["Id"] for record in records if record.get("IsDeleted")}
            assert {row["id"] for row in undisturbed[table] if row["is_deleted"]} == deleted
    merged = [row for row in undisturbed["lead"] if row["master_record_id"]]
    assert merged and all(row["is_deleted"] for row in merged)


@pytest.mark.parametrize(("seed", "bulk_rows"), [(9, bulk.ROWS), (13, 0)], ids=["pages", "bulk"])
def test_a_load_with_faults_ends_as_one_without_and_by_bulk_as_by_pages(
    org: Org,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    undisturbed: dict[str, list[Any]],
    seed: int,
    bulk_rows: int,
) -> None:
    assert loaded(org, monkeypatch, tmp_path / "faults.duckdb", seed, bulk_rows) == undisturbed
