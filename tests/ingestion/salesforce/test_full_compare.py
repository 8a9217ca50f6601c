"""The full comparison: what the org no longer has at all is taken out, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from cli.load import compare_salesforce
from common.errors import AttributionError
from common.warehouse import connect
from ingestion.pipeline import run_source
from ingestion.salesforce.organization import refuse_other_org

Query = Callable[[str], list[dict[str, Any]]]


def test_what_was_erased_in_the_org_is_taken_out(salesforce_org: Any, warehouse: Query) -> None:
    run_source("salesforce")
    assert compare_salesforce({}) == ["The warehouse and Salesforce have the same records."]

    rows = salesforce_org.rows
    rows["Lead"] = [{**rows["Lead"][0], "IsDeleted": True}, rows["Lead"][2]]
    rows["Task"][0]["TaskSubtype"] = "Call"
    rows["Contact"].append({"Id": "003000000000009AAA", "SystemModstamp": "2026-06-01T00:00:00.000+0000"})
    del salesforce_org.objects["Campaign"]
    assert compare_salesforce({}) == [
        "1 of Lead were taken out: Salesforce no longer has them.",
        "1 of Contact are in Salesforce and not here, as when its user was not allowed to see them before: "
        "`attribution load salesforce --since 1999-01-01` reads all.",
        "1 of Task were taken out: Salesforce no longer has them.",
    ]
    assert [row["id"][14] for row in warehouse("select id from raw_salesforce.lead order by id")] == ["1", "3"]
    assert warehouse("select count(*) as n from raw_salesforce.campaign") == [{"n": 1}]

    # The load goes on from where it was: no row comes back, none is missed.
    assert run_source("salesforce").rows["lead"] == 1


def test_another_org_is_refused_and_the_same_one_at_another_address_is_not(
    salesforce_org: Any, warehouse: Query
) -> None:
    with connect() as opened:
        opened.execute("create schema raw_salesforce")
        opened.execute(
            "create table raw_salesforce.organization as select '00D9' as id, 'https://a.example' as instance_url"
        )
    refuse_other_org("00D9", "https://b.example")
    with pytest.raises(AttributionError, match=r"holds the Salesforce org 00D9 \(https://a.example\)") as caught:
        run_source("salesforce")
    assert salesforce_org.base_url in caught.value.message
    assert salesforce_org.asked("/query") == 0
    with pytest.raises(AttributionError):
        compare_salesforce({})
