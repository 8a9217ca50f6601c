"""The SOQL subset: what it finds, and what it refuses with which of Salesforce's codes."""

from __future__ import annotations

import pytest

from sandbox.salesforce.engine import run
from sandbox.salesforce.errors import QueryError
from sandbox.salesforce.metadata import OBJECTS
from sandbox.salesforce.soql import parse

LEADS = [
    {
        "Id": "00Q000000000001AAA",
        "LastName": "Adams",
        "Email": "a@example.com",
        "AnnualRevenue": 10.5,
        "IsConverted": True,
        "ConvertedDate": "2026-03-01",
        "SystemModstamp": "2026-03-01T10:00:00.000+0000",
    },
    {
        "Id": "00Q000000000002AAA",
        "LastName": "O'Hara",
        "Email": None,
        "AnnualRevenue": 20,
        "IsConverted": False,
        "ConvertedDate": None,
        "SystemModstamp": "2026-03-02T10:00:00.000+0000",
    },
    {
        "Id": "00Q000000000003AAA",
        "LastName": "100%_sure",
        "Email": "C@EXAMPLE.com",
        "AnnualRevenue": None,
        "IsConverted": False,
        "ConvertedDate": "2026-03-03",
        "SystemModstamp": "2026-03-03T10:00:00.000+0000",
    },
    {
        "Id": "00Q000000000004AAA",
        "LastName": "Gone",
        "IsDeleted": True,
        "SystemModstamp": "2026-03-04T10:00:00.000+0000",
    },
]


def found(rest: str, deleted: bool = False) -> str:
    """The last digit of each lead found, in order."""
    result = run(parse(f"SELECT Id FROM Lead {rest}"), OBJECTS, {"Lead": LEADS}, deleted)
    return "".join(row["Id"][14] for row in result.rows)


def refusal(soql: str) -> QueryError:
    with pytest.raises(QueryError) as caught:
        run(parse(soql), OBJECTS, {"Lead": LEADS}, False)
    return caught.value


@pytest.mark.parametrize(
    ("rest", "expected"),
    [
        ("", "123"),
        ("WHERE LastName = 'adams'", "1"),
        (r"WHERE LastName = 'O\'Hara'", "2"),
        ("WHERE LastName != 'Adams'", "23"),
        ("WHERE Email != 'a@example.com'", "23"),
        ("WHERE Email = null", "2"),
        ("WHERE Email <> NULL", "13"),
        ("WHERE Email IN ('c@example.com', 'x')", "3"),
        ("WHERE Email NOT IN ('c@example.com')", "12"),
        ("WHERE LastName LIKE '%d%'", "1"),
        ("WHERE LastName LIKE '_dams'", "1"),
        (r"WHERE LastName LIKE '100\%\_%'", "3"),
        ("WHERE AnnualRevenue > 10.5", "2"),
        ("WHERE AnnualRevenue >= 10.5 AND AnnualRevenue <= 20", "12"),
        ("WHERE AnnualRevenue < 100", "12"),
        ("WHERE IsConverted = TRUE", "1"),
        ("WHERE IsConverted != true", "23"),
        ("WHERE ConvertedDate >= 2026-03-02", "3"),
        ("WHERE SystemModstamp >= 2026-03-02T10:00:00Z", "23"),
        ("WHERE SystemModstamp > 2026-03-02T12:00:00.000+02:00", "3"),
        ("WHERE SystemModstamp < 2026-03-02T05:00:01-05:00", "12"),
        ("WHERE Id = '00Q000000000002'", "2"),
        ("WHERE Id IN ('00Q000000000002AAA', '00Q000000000003')", "23"),
        ("WHERE NOT LastName = 'Adams'", "23"),
        ("WHERE (NOT LastName LIKE 'A%') AND IsConverted = false", "23"),
        ("WHERE IsConverted = false AND (LastName LIKE 'O%' OR AnnualRevenue = null)", "23"),
        ("where lastname = 'Adams' or lead.lastname = 'Gone'", "1"),
        ("ORDER BY SystemModstamp DESC", "321"),
        ("ORDER BY AnnualRevenue", "312"),
        ("ORDER BY AnnualRevenue ASC NULLS LAST", "123"),
        ("ORDER BY AnnualRevenue DESC NULLS LAST, Id", "213"),
        ("ORDER BY Id LIMIT 1 OFFSET 1", "2"),
        ("ORDER BY Id LIMIT 0", ""),
    ],
)
def test_a_query_finds_what_salesforce_would(rest: str, expected: str) -> None:
    assert found(rest) == expected


def test_deleted_rows_show_only_when_asked_for() -> None:
    assert found("ORDER BY Id") == "123"
    assert found("ORDER BY Id", deleted=True) == "1234"
    assert found("WHERE IsDeleted = true", deleted=True) == "4"
    assert found("WHERE IsDeleted = true") == ""


@pytest.mark.parametrize(
    "soql",
    [
        "SELECT * FROM Lead",
        "SELECT FROM Lead",
        "SELECT Id, FROM Lead",
        "SELECT Id FROM",
        "SELECT Id FROM Lead WHERE",
        "SELECT Id FROM Lead WHERE Email",
        "SELECT Id FROM Lead WHERE Email == 'x'",
        "SELECT Id FROM Lead WHERE Email = x",
        "SELECT Id FROM Lead WHERE Email = 'x",
        r"SELECT Id FROM Lead WHERE Email = '\q'",
        "SELECT Id FROM Lead WHERE Email = 'x' AND Phone = 'y' OR Phone = 'z'",
        "SELECT Id FROM Lead WHERE Email = 'x' AND NOT Phone = 'y'",
        "SELECT Id FROM Lead WHERE (Email = 'x'",
        "SELECT Id FROM Lead WHERE Email IN ()",
        "SELECT Id FROM Lead WHERE Email LIKE 5",
        "SELECT Id FROM Lead WHERE ConvertedDate = 2026-02-30",
        "SELECT Id FROM Lead WHERE SystemModstamp > 2026-03-02T10:00:00",
        "SELECT Id FROM Lead WHERE SystemModstamp = LAST_N_DAYS:30",
        "SELECT Id FROM Lead GROUP BY Id",
        "SELECT Id FROM Lead ORDER BY Id SIDEWAYS",
        "SELECT Id FROM Lead LIMIT -1",
        "SELECT Id FROM Lead LIMIT 1.5",
        "SELECT Id FROM Lead LIMIT 1 WHERE Email = null",
        "SELECT COUNT(Id) FROM Lead",
        "SELECT Id, Id FROM Lead",
        "SELECT (SELECT Id FROM Tasks) FROM Lead",
        "SELECT Id FROM Lead; DROP",
        "DELETE FROM Lead",
        "",
    ],
)
def test_what_is_outside_the_subset_is_malformed(soql: str) -> None:
    assert refusal(soql).code == "MALFORMED_QUERY"


def test_an_unknown_field_is_named_with_its_place() -> None:
    error = refusal("SELECT Id, Nothing__c FROM Lead")
    assert (error.status, error.code) == (400, "INVALID_FIELD")
    assert "No such column 'Nothing__c' on entity 'Lead'" in error.message
    assert "ERROR at Row:1:Column:12" in error.message


def test_a_field_of_a_related_record_that_is_not_there_is_named_with_its_object() -> None:
    error = refusal("SELECT Id, RecordType.Label FROM Lead")
    assert error.code == "INVALID_FIELD"
    assert "No such column 'Label' on entity 'RecordType'" in error.message
    assert "relationship 'Nothing__r'" in refusal("SELECT Nothing__r.Name FROM Lead").message
    assert refusal("SELECT RecordType.Name, recordtype.NAME FROM Lead").code == "MALFORMED_QUERY"


def test_an_unknown_object_is_an_invalid_type() -> None:
    error = refusal("SELECT Id FROM Leads")
    assert error.code == "INVALID_TYPE"
    assert "sObject type 'Leads' is not supported" in error.message


@pytest.mark.parametrize(
    ("condition", "message"),
    [
        ("SystemModstamp > '2026-01-01T00:00:00Z'", "type dateTime and should not be enclosed in quotes"),
        ("SystemModstamp > 2026-01-01", "type dateTime and should not be enclosed in quotes"),
        ("ConvertedDate = '2026-01-01'", "type date and should not be enclosed in quotes"),
        ("AnnualRevenue = '5'", "type double and should not be enclosed in quotes"),
        ("IsConverted = 'true'", "type boolean and should not be enclosed in quotes"),
        ("LastName = 5", "type string and should be enclosed in quotes"),
    ],
)
def test_a_value_of_the_wrong_type_is_refused_as_salesforce_says(condition: str, message: str) -> None:
    error = refusal(f"SELECT Id FROM Lead WHERE {condition}")
    assert error.code == "INVALID_FIELD"
    assert message in error.message


def test_an_id_that_is_none_is_refused() -> None:
    assert refusal("SELECT Id FROM Lead WHERE Id = 'abc'").message == "invalid ID field: abc"


def test_an_offset_beyond_2000_is_refused() -> None:
    assert refusal("SELECT Id FROM Lead OFFSET 2001").code == "NUMBER_OUTSIDE_VALID_RANGE"
