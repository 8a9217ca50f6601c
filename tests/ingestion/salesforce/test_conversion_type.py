"""What kind of conversion it is: a field of Salesforce's that a var names, from the org to fct_conversions."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import dlt
import pytest

import ingestion.salesforce
from common.errors import AttributionError
from common.settings import PROJECT_DIR
from ingestion.pipeline import LoadSummary, run_source
from ingestion.salesforce import objects

# dbt in this process, on a project that is parsed once.
sys.path.insert(0, str(PROJECT_DIR / "tests" / "histories"))

import parsed

Query = Callable[[str], list[dict[str, Any]]]
FIELD = "salesforce_conversion_type_field"
WON = {"IsWon": True, "IsClosed": True, "CloseDate": "2026-06-05", "SystemModstamp": "2026-06-05T00:00:00.000+0000"}
RECORD_TYPES = [
    {"Id": "012000000000001AAA", "Name": "New business", "DeveloperName": "New_Business", "SobjectType": "Opportunity"},
    {"Id": "012000000000002AAA", "Name": "Renewal", "DeveloperName": "Renewal", "SobjectType": "Opportunity"},
]


@pytest.fixture
def org(salesforce_org: Any) -> Any:
    """Four opportunities won by the contact of one lead, and a converted lead that opened none."""
    salesforce_org.rows["RecordType"] = RECORD_TYPES
    first = salesforce_org.rows["Opportunity"][0]
    first |= {"Type": "Renewal", "RecordTypeId": RECORD_TYPES[0]["Id"]}
    for number, filled in enumerate(
        [
            {"Type": " Renewal ", "RecordTypeId": RECORD_TYPES[1]["Id"]},
            {"Type": "New Business", "RecordTypeId": RECORD_TYPES[1]["Id"]},
            {"Type": "", "RecordTypeId": None},
        ],
        start=2,
    ):
        salesforce_org.rows["Opportunity"].append(
            {**WON, "Id": f"00600000000000{number}AAA", "CloseDate": f"2026-06-{number + 3:02d}", **filled}
        )
        salesforce_org.rows["OpportunityContactRole"].append(
            {
                **salesforce_org.rows["OpportunityContactRole"][0],
                "Id": f"00K00000000000{number}AAA",
                "OpportunityId": f"00600000000000{number}AAA",
            }
        )
    salesforce_org.rows["Lead"][1] |= {"IsConverted": True, "ConvertedDate": "2026-06-04", "Status": "Signed"}
    return salesforce_org


def load(**variables: Any) -> LoadSummary:
    return run_source("salesforce", variables=variables)


def opportunity_types(warehouse: Query) -> list[str | None]:
    rows = warehouse("select conversion_type from raw_salesforce.opportunity order by id")
    return [row["conversion_type"] for row in rows]


@pytest.fixture
def conversions(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, warehouse_file: Path, warehouse: Query
) -> Callable[..., list[tuple[str, str, int]]]:
    """Builds fct_conversions; its rows as (last digits of the id, type, number)."""

    def build(**variables: Any) -> list[tuple[str, str, int]]:
        variables = {"sources": ["salesforce"], **variables}
        environment = parsed.folders(tmp_path, warehouse_file)
        manifest = parsed.read(parsed.parsed_file(parsed.shared_folder(tmp_path_factory), environment, variables))
        chosen = ["--select", "+fct_conversions", *parsed.UNTESTED, "--vars", json.dumps(variables)]
        built = parsed.run(manifest, environment, ["build", *chosen])
        assert built.code == 0, built.printed[-4000:]
        rows = warehouse(
            "select conversion_id, conversion_type, conversion_number from marts.fct_conversions order by conversion_id"
        )
        ids = [row["conversion_id"][:3] + row["conversion_id"][14] for row in rows]
        return list(zip(ids, *([row[name] for row in rows] for name in list(rows[0])[1:]), strict=True))

    return build


def test_a_field_that_the_var_names_is_the_type_and_each_type_is_counted_by_itself(
    org: Any, warehouse: Query, conversions: Any
) -> None:
    summary = load(**{FIELD: "Type"})
    assert opportunity_types(warehouse) == ["Renewal", " Renewal ", "New Business", None]
    assert summary.notes == [f"Salesforce's Lead has no Type ({FIELD}); conversion_type is empty."]
    assert conversions(**{FIELD: "Type"}) == [
        ("0061", "Renewal", 1),
        ("0062", "Renewal", 2),
        ("0063", "New Business", 1),
        ("0064", "opportunity", 1),
        ("00Q2", "lead", 1),
    ]


def test_a_record_type_is_read_by_its_name(org: Any, warehouse: Query) -> None:
    load(**{FIELD: "recordtype.developername"})
    assert opportunity_types(warehouse) == ["New_Business", "Renewal", "Renewal", None]


def test_where_leads_are_the_conversions_it_is_a_field_of_the_lead(
    org: Any, warehouse: Query, conversions: Any
) -> None:
    variables = {"salesforce_conversion_source": "lead", FIELD: "Status"}
    load(**variables)
    assert conversions(**variables) == [("00Q1", "lead", 1), ("00Q2", "Signed", 1)]


def test_another_field_reads_every_row_again(org: Any, warehouse: Query) -> None:
    load()
    summary = load(**{FIELD: "StageName"})
    assert summary.rows["opportunity"] == 4
    assert "Salesforce's Opportunity was read again in full: its fields changed." in summary.notes
    assert opportunity_types(warehouse)[0] == "Closed Won"
    load()
    assert opportunity_types(warehouse) == [None] * 4


@pytest.mark.parametrize(
    ("variables", "missing", "similar"),
    [
        ({FIELD: "Typ"}, "Typ, which Salesforce's Opportunity does not have", "Type"),
        ({FIELD: "RecordType.Developer"}, "RecordType.Developer, which", "RecordType.DeveloperName"),
        ({FIELD: "Recordtypes.Name"}, "Recordtypes.Name, which", "RecordTypeId"),
        (
            {FIELD: "StageName", "salesforce_conversion_source": "lead"},
            "StageName, which Salesforce's Lead does not have",
            "Name",
        ),
    ],
)
def test_a_field_that_is_not_there_stops_the_load(
    org: Any, variables: dict[str, Any], missing: str, similar: str
) -> None:
    with pytest.raises(AttributionError) as caught:
        load(**variables)
    assert f"{FIELD} names {missing}" in caught.value.message
    assert similar in caught.value.remedy


def test_without_the_var_the_type_is_the_object_also_where_the_first_loads_knew_no_such_column(
    org: Any, warehouse: Query, conversions: Any
) -> None:
    with pytest.MonkeyPatch.context() as earlier:
        for name, table in (("lead", objects.LEAD), ("opportunity", objects.OPPORTUNITY)):
            fields = {column: of for column, of in table.by_variable.items() if column != "conversion_type"}
            earlier.setattr(ingestion.salesforce, name, as_it_was(name, replace(table, by_variable=fields)))
        load()
    columns = "select column_name from information_schema.columns where column_name = 'conversion_type'"
    assert warehouse(columns) == []

    summary = load()
    # Not all four: the column alone is no reason to read again what has none of it.
    assert (summary.rows["opportunity"], summary.notes) == (3, [])
    assert opportunity_types(warehouse) == [None] * 4
    assert [row[1] for row in conversions()] == ["opportunity"] * 4 + ["lead"]


def as_it_was(name: str, table: objects.RawTable) -> Any:
    """The resource of that name as it reads and declares ``table``."""

    @dlt.resource(name=name, primary_key="id", write_disposition="merge", columns=table.columns)
    def resource(reader: Any, changed: Any = ingestion.salesforce.CHANGED) -> Iterator[Any]:
        yield from reader.rows(table, changed)

    return resource
