"""Raw tables that another loader filled build as ours do: those of docs/bring_your_own.md, without dlt's columns."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from typing import Any

import pytest
from project import Project

from cli.forget import report
from common.dbt_vars import brought as brought_schemas
from common.settings import PROJECT_DIR
from forget import job

PAGE = (PROJECT_DIR / "docs" / "bring_your_own.md").read_text(encoding="utf-8")
TYPES = {
    "Text": "varchar",
    "Instants": "timestamptz",
    "Days": "date",
    "Numbers": "decimal(18, 4)",
    "JSON": "json",
    "True or false": "boolean",
}
SECTIONS = {"salesforce": "Salesforce", "files": "Files", "genesys": "Genesys Cloud"}
VARS = {"raw_schemas": {"salesforce": "crm", "files": "uploads", "genesys": "calls"}, "crm_timezone": "UTC"}
SOURCES = ("salesforce", "files", "genesys")
SCHEMAS: dict[str, str] = dict(VARS["raw_schemas"])  # type: ignore[call-overload]


def tables_of(source: str) -> dict[str, dict[str, str]]:
    """Table → column → type, as the page has them."""
    section = re.split(r"^## ", PAGE, flags=re.MULTILINE)
    text = next(part for part in section if part.startswith(SECTIONS[source] + "\n"))
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if line.startswith("|")]
    kinds = rows[0][1:]
    found = {}
    for row in rows[2:]:
        columns = {
            name: TYPES[kind]
            for kind, cell in zip(kinds, row[1:], strict=True)
            for name in re.findall(r"`(\w+)`", cell)
        }
        found[row[0].strip("`")] = columns
    return found


def put(project: Project, schema: str, table: str, **row: Any) -> None:
    with project.connect() as connection:
        names = ", ".join(row)
        places = ", ".join("?" * len(row))
        connection.execute(f"insert into {schema}.{table} ({names}) values ({places})", list(row.values()))


@pytest.fixture(scope="module")
def brought(project: Project) -> Project:
    """A warehouse in which every raw table is one of another loader's; what ours would read is not there."""
    project.begin(SOURCES)
    project.parsing_vars = VARS
    with project.connect() as connection:
        for source, schema in SCHEMAS.items():
            connection.execute(f"drop schema raw_{source} cascade")
            connection.execute(f"create schema {schema}")
            for table, columns in tables_of(source).items():
                if table.endswith("_history"):
                    continue
                written = ", ".join(f"{name} {kind}" for name, kind in columns.items())
                connection.execute(f"create table {schema}.{table} ({written})")
            connection.execute(f"insert into {schema}.completed_loads values (now())")
    lead = {"id": "00Q000000000001AAA", "is_deleted": False, "created_date": datetime(2024, 1, 1, tzinfo=UTC)}
    put(project, "crm", "lead", phone="+13175550101", phone_e164="+13175550101", is_converted=False, **lead)
    put(
        project,
        "crm",
        "opportunity",
        **{"id": "006000000000001AAA", "is_won": True, "is_closed": True, "is_deleted": False},
        **{"close_date": date(2024, 5, 10), "conversion_value": 100, "stage_name": "Closed Won"},
    )
    role = {"id": "00K000000000001AAA", "opportunity_id": "006000000000001AAA", "contact_id": "003000000000001AAA"}
    put(project, "crm", "opportunity_contact_role", is_primary=True, is_deleted=False, **role)
    contact = {"id": "003000000000001AAA", "is_deleted": False, "phone_e164": "+13175550101"}
    put(project, "crm", "contact", phone="+13175550101", **contact)
    for number, day in enumerate((1, 5)):
        touch(project, f"t{number}", day)
    return project


def touch(project: Project, id: str, day: int, phone: str = "+13175550101") -> None:
    at = datetime(2024, 5, day, 12, tzinfo=UTC)
    put(
        project,
        "uploads",
        "touches",
        touch_id=id,
        channel="sms",
        campaign_id=f"C{day}",
        touched_at=at,
        phone="x",
        phone_e164=phone,
        is_deleted=False,
    )


def build(project: Project, *arguments: str, command: str = "run") -> str:
    ended = project.dbt(command, SOURCES, VARS, *arguments)
    assert ended.is_good, ended.said
    return "\n".join(str(line) for line in ended.said)


def credit(project: Project) -> list[tuple[Any, ...]]:
    with project.connect(read_only=True) as connection:
        return connection.execute(
            "select conversion_id, touch_id, linear_credit from marts.fct_attribution order by 1, 2"
        ).fetchall()


def test_they_build_and_what_changes_in_them_is_computed_as_from_nothing(brought: Project) -> None:
    sale = "006000000000001AAA"
    # With every test on data once; what follows is held against a full refresh.
    assert "Recomputing everything" in build(brought, "--exclude-resource-type", "unit_test", command="build")
    assert credit(brought) == [(sale, "t0", 0.5), (sale, "t1", 0.5)]
    assert "Recomputing 0 people" in build(brought)

    touch(brought, "t2", 8)
    with brought.connect() as connection:
        connection.execute("delete from uploads.touches where touch_id = 't0'")
        connection.execute("update crm.opportunity set conversion_value = 50")
    assert "Recomputing 1 person" in build(brought)
    assert credit(brought) == [(sale, "t1", 0.5), (sale, "t2", 0.5)]
    changed = brought.contents()
    build(brought, "--full-refresh")
    assert brought.contents() == changed


def test_a_forgotten_person_is_told_of_and_left_out_of_what_is_built(brought: Project, monkeypatch, capsys) -> None:
    with brought.connect(read_only=True) as connection:
        rows = connection.execute("select touch_id from uploads.touches order by 1").fetchall()
    other = "+13175550102"
    touch(brought, "t3", 8, other)
    at = datetime(2024, 5, 9, tzinfo=UTC)
    row = {"phone": other, "phone_e164": other, "is_deleted": False, "converted_at": at, "conversion_value": 7}
    put(brought, "uploads", "conversions", conversion_id="another sale", **row)
    call = {"conversation_id": "call", "originating_direction": "outbound", "participants": "[]"}
    call |= {"conversation_start": at, "conversation_end": at, "customer_phone": "x"}
    put(brought, "calls", "conversations", customer_phone_e164="+13175550101", **call)
    put(brought, "crm", "task", id="00T000000000001AAA", who_id="00Q000000000001AAA", completed_date_time=at)
    build(brought)
    monkeypatch.setenv("ATTRIBUTION_DUCKDB_PATH", str(brought.file))
    filled = brought_schemas(VARS)
    there = {
        "calls.conversations": ["call"],
        "crm.contact": ["003000000000001AAA"],
        "crm.lead": ["00Q000000000001AAA"],
        "crm.opportunity": ["006000000000001AAA"],
        "crm.opportunity_contact_role": ["00K000000000001AAA"],
        "crm.task": ["00T000000000001AAA"],
        "uploads.touches": [touch_id for (touch_id,) in rows],
    }

    def make_anew() -> None:
        build(brought, "--full-refresh")

    looked = job.forget("(317) 555-0101", make_anew, dry_run=True, filled=filled)
    assert (looked.elsewhere, looked.rows, looked.conversions) == (there, {}, 1)
    done = job.forget("00Q000000000001AAA", make_anew, filled=filled)
    assert done.elsewhere == there
    report(done, "USD")
    said = capsys.readouterr().out
    assert "uploads.touches: 2 rows still there: t" in said and "Another loader fills these tables" in said
    assert credit(brought) == [("another sale", "t3", 1.0)]

    # What the loader still brings of the person, known by who it is or by the record alone, is not read either.
    touch(brought, "t4", 8)
    put(brought, "uploads", "touches", touch_id="t5", lead_id="00Q000000000001AAA", channel="sms", touched_at=at)
    put(brought, "crm", "campaign_member", id="00v000000000001AAA", lead_id="00Q000000000001AAA", has_responded=True)
    with brought.connect() as connection:
        connection.execute("update uploads.touches set phone_e164 = null where touch_id = 't1'")
        connection.execute("update uploads.touches set phone_e164 = '+13175550103' where touch_id = 't5'")
    assert "Recomputing 0 people" in build(brought)
    with brought.connect(read_only=True) as connection:
        for mart in ("fct_touches", "fct_conversions"):
            assert connection.execute(f"select count(*) from marts.{mart}").fetchone() == (1,)

    with brought.connect() as connection:
        for table in [*there, "crm.campaign_member"]:
            connection.execute(f"delete from {table}" + (" where touch_id != 't3'" if "touches" in table else ""))
    gone = job.forget("00Q000000000001AAA", make_anew, dry_run=True, filled=filled)
    assert (gone.elsewhere, gone.rows) == ({}, {})


def test_a_schema_without_the_tables_is_named(brought: Project) -> None:
    elsewhere = {"raw_schemas": {**SCHEMAS, "salesforce": "nowhere"}}
    ended = brought.dbt("build", SOURCES, elsewhere)
    assert not ended.is_good
    assert "the source salesforce is in warehouse.nowhere, and there is no table completed_loads" in str(ended.said)
