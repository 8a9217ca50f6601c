"""What a Dynamics 365 load leaves in raw_dynamics, the first time and every time after."""

from __future__ import annotations

import dataclasses
import json
import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from starlette.responses import JSONResponse

from common.errors import AttributionError
from ingestion.dynamics import RAW_TABLES
from ingestion.dynamics import client as dynamics_client
from ingestion.pipeline import LoadSummary, run_source
from sandbox.dynamics.metadata import TIMES

Query = Callable[[str], list[dict[str, Any]]]
LEADS = "select id, read_at from raw_dynamics.lead order by id"
GONE = """
    select lead.id from raw_dynamics.lead as lead
    left join raw_dynamics.deleted_record as deleted on deleted.record_id = lead.id
    left join raw_dynamics.full_read as full_read on full_read.table_name = 'lead'
    where deleted.read_at >= lead.read_at or lead.read_at < full_read.read_at
    order by lead.id
"""


def load(**options: Any) -> LoadSummary:
    return run_source("dynamics", **options)


def guid(number: int) -> str:
    return f"00000000-0000-4000-8000-{number:012d}"


def utc(day: int, hour: int) -> datetime:
    return datetime(2026, 6, day, hour, 4, 5, tzinfo=UTC)


def row(warehouse: Query, table: str) -> dict[str, Any]:
    """The first row, with instants in UTC."""
    found = warehouse(f"select * exclude (_dlt_id, _dlt_load_id, read_at) from raw_dynamics.{table} order by id")[0]
    return {name: value.astimezone(UTC) if isinstance(value, datetime) else value for name, value in found.items()}


def test_a_first_load_brings_every_table(dynamics_org: Any, warehouse: Query) -> None:
    summary = load()
    assert {name: count for name, count in summary.rows.items() if name in RAW_TABLES} == {
        "lead": 3,
        "contact": 1,
        "opportunity": 1,
        "campaign": 1,
        "campaign_response": 1,
        "email": 1,
        "phone_call": 0,
        "transaction_currency": 2,
        "organization": 1,
    }
    assert summary.notes == []
    assert len(warehouse("select loaded_at from raw_dynamics.completed_loads")) == 1


def test_values_arrive_as_what_they_are(loaded_org: Any, warehouse: Query) -> None:
    lead = row(warehouse, "lead")
    assert (lead["id"], lead["lead_key"], lead["statecode"]) == (guid(10), "L-10", 1)
    assert (lead["telephone1_e164"], lead["mobilephone_e164"]) == ("+13175550123", None)
    assert (lead["conversion_time"], lead["createdon"]) == (utc(2, 10), utc(1, 3))
    assert (lead["parentcontactid"], lead["qualifyingopportunityid"]) == (guid(20), guid(30))
    deal = row(warehouse, "opportunity")
    assert (deal["actualclosedate"], deal["actualclosedate_instant"]) == (date(2026, 6, 2), None)
    assert (deal["conversion_value"], deal["exchangerate"]) == (Decimal("1234.56"), Decimal("0.93"))
    assert (deal["conversion_campaign"], deal["conversion_campaign_is_lookup"]) == (guid(40), True)
    campaign = row(warehouse, "campaign")
    assert (campaign["actualstart"], campaign["actualstart_instant"]) == (None, datetime(2026, 6, 1, 4, tzinfo=UTC))
    assert "subject" not in row(warehouse, "email") and "name" not in deal


def test_an_activity_comes_with_whom_it_reached(loaded_org: Any, warehouse: Query) -> None:
    assert json.loads(row(warehouse, "email")["parties"]) == [
        {"role": "cc", "party_id": None, "party_type": None, "address": "someone@example.com"},
        {"role": "to", "party_id": guid(11), "party_type": "lead", "address": None},
    ]
    [customer] = json.loads(row(warehouse, "campaign_response")["parties"])
    assert (customer["role"], customer["party_id"]) == ("customer", guid(11))


def test_people_of_many_activities_are_asked_for_in_groups(
    dynamics_org: Any, warehouse: Query, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dynamics_client, "IDS_A_QUERY", 3)
    for number in range(8):
        activity = guid(600 + number)
        dynamics_org.state.save("email", {"activityid": activity, "directioncode": True, "statecode": 1})
        dynamics_org.state.save(
            "activityparty",
            {
                "activitypartyid": guid(700 + number),
                "_activityid_value": activity,
                "_partyid_value": guid(11),
                "_partyid_value@Microsoft.Dynamics.CRM.lookuplogicalname": "lead",
                "participationtypemask": 2,
            },
        )
    load()
    assert warehouse("select count(*) as n from raw_dynamics.email where json_array_length(parties) > 0") == [{"n": 9}]
    assert dynamics_org.asked("/activityparties?") == 1 + 3


def test_all_tables_have_all_columns_when_the_org_is_empty(dynamics_org: Any, warehouse: Query) -> None:
    for held in dynamics_org.state.rows.values():
        held.clear()
    load()
    columns = "select column_name from information_schema.columns where table_schema = 'raw_dynamics' and table_name = "
    for name, table in RAW_TABLES.items():
        found = {each["column_name"] for each in warehouse(f"{columns} '{name}'")}
        assert found - {"_dlt_id", "_dlt_load_id"} == set(table.raw_columns)
    assert warehouse("select * from raw_dynamics.deleted_record") == []


def test_a_second_load_brings_what_changed_and_what_was_deleted(loaded_org: Any, warehouse: Query) -> None:
    asked = loaded_org.asked("/leads?")
    loaded_org.state.save("lead", {"leadid": guid(11), "telephone1": "+1 317 555 0199"})
    loaded_org.state.delete("lead", guid(10))
    summary = load()
    assert (summary.rows["lead"], summary.rows["deleted_record"], summary.rows["contact"]) == (1, 1, 0)
    assert loaded_org.asked("/leads?") == asked + 1 and loaded_org.asked("$deltatoken")
    assert warehouse(GONE) == [{"id": guid(10)}]
    # What is restored lives again.
    loaded_org.state.save("lead", {"leadid": guid(10), "statecode": 0, "createdon": "2026-06-01T03:04:05Z"})
    load()
    assert warehouse(GONE) == []


def test_an_expired_link_reads_the_table_again_without_a_doubled_row(loaded_org: Any, warehouse: Query) -> None:
    loaded_org.state.delete("lead", guid(12))
    loaded_org.state.forget_changes()
    summary = load()
    assert "Dynamics 365's lead was read again in full: too long since the last load" in summary.notes[0]
    assert [each["id"] for each in warehouse(LEADS)] == [guid(10), guid(11), guid(12)]
    assert warehouse(GONE) == [{"id": guid(12)}]
    assert load().notes == []


def test_a_link_that_expires_between_two_pages_does_no_harm(
    dynamics_org: Any, warehouse: Query, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dynamics_client, "PAGE_SIZE", 2)
    load()
    for number in (10, 11, 12):
        dynamics_org.state.save("lead", {"leadid": guid(number), "telephone1": f"+1 317 555 01{number}"})
    gone = JSONResponse({"error": {"code": "0x0", "message": "Gone"}}, 410)
    dynamics_org.misbehave = lambda path: gone if "deltatoken" in path and "skiptoken" in path else None
    assert any("lead was read again" in note for note in load().notes)
    assert warehouse("select count(*) as n, count(distinct id) as ids from raw_dynamics.lead") == [{"n": 3, "ids": 3}]
    assert warehouse(GONE) == []
    phones = warehouse("select telephone1_e164 as phone from raw_dynamics.lead order by id")
    assert [each["phone"] for each in phones] == ["+13175550110", "+13175550111", "+13175550112"]


def test_a_table_without_change_tracking_is_read_in_full_each_time(dynamics_org: Any, warehouse: Query) -> None:
    dynamics_org.state.tables["contact"] = dynamics_org.state.tables["contact"].untracked()
    assert any("contact was read in full: change tracking is off" in note for note in load().notes)
    dynamics_org.state.save("contact", {"contactid": guid(21), "createdon": "2026-06-01T03:04:05Z"})
    dynamics_org.state.delete("contact", guid(20))
    load()
    assert [each["id"] for each in warehouse("select id from raw_dynamics.contact order by id")] == [guid(20), guid(21)]
    seen = warehouse(GONE.replace("raw_dynamics.lead", "raw_dynamics.contact").replace("= 'lead'", "= 'contact'"))
    assert seen == [{"id": guid(20)}]


def test_a_window_goes_by_the_last_change_and_leaves_the_place_of_loads(loaded_org: Any, warehouse: Query) -> None:
    loaded_org.state.save("lead", {"leadid": guid(10), "telephone1": "1", "modifiedon": "2026-06-09T00:00:00Z"})
    loaded_org.state.save("lead", {"leadid": guid(11), "telephone1": "2", "modifiedon": "2026-06-10T00:00:00Z"})
    since, until = datetime(2026, 6, 9, tzinfo=UTC), datetime(2026, 6, 10, tzinfo=UTC)
    assert load(since=since, until=until).rows["lead"] == 1
    assert load().rows["lead"] == 2


def test_another_column_for_the_id_reads_the_table_again(loaded_org: Any, warehouse: Query) -> None:
    summary = load(variables={"dynamics_lead_id_field": None})
    assert summary.rows["lead"] == 3
    assert any("lead was read again in full: its columns changed" in note for note in summary.notes)
    assert row(warehouse, "lead")["lead_key"] is None


@pytest.mark.parametrize("kind", ["user_day", "wall_clock"])
def test_a_close_date_of_any_behavior_is_understood(dynamics_org: Any, warehouse: Query, kind: str) -> None:
    table = dynamics_org.state.tables["opportunity"]
    behavior, shown = TIMES[kind]
    column = dataclasses.replace(table.columns["actualclosedate"], behavior=behavior, format=shown)
    table.columns["actualclosedate"], before = column, table.columns["actualclosedate"]
    try:
        dynamics_org.state.save("opportunity", {"opportunityid": guid(30), "actualclosedate": "2026-06-02T04:00:00Z"})
        load()
    finally:
        table.columns["actualclosedate"] = before
    deal = row(warehouse, "opportunity")
    instant = datetime(2026, 6, 2, 4, tzinfo=UTC) if kind == "user_day" else None
    day = None if kind == "user_day" else date(2026, 6, 2)
    assert (deal["actualclosedate"], deal["actualclosedate_instant"]) == (day, instant)


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("close date", "is 'close date', which is no column name"),
        ("new_conversiondat", "which Dynamics 365's opportunity does not have. It has new_conversiondate"),
        ("name", "which is a String on opportunity. It has to be a column of type DateTime"),
        ("actualclosedate", "which holds a day alone on opportunity"),
    ],
)
def test_a_time_column_that_will_not_do_stops_the_load(dynamics_org: Any, name: str, says: str) -> None:
    with pytest.raises(AttributionError) as caught:
        load(variables={"dynamics_conversion_time_field": name})
    assert says in str(caught.value)


def test_a_default_column_that_the_org_lacks_is_empty_with_a_note(dynamics_org: Any, warehouse: Query) -> None:
    dynamics_org.state.tables["lead"] = dynamics_org.state.tables["lead"].without("new_leadid", "new_conversiondate")
    notes = load().notes
    assert "Dynamics 365's lead has no new_leadid (dynamics_lead_id_field); lead_key is empty." in notes
    assert row(warehouse, "lead")["lead_key"] is None


def test_a_limited_load_waits_as_long_as_it_is_told(dynamics_org: Any, warehouse: Query) -> None:
    left = [1]

    def limited(path: str) -> JSONResponse | None:
        if "/contacts?" not in path or not left[0]:
            return None
        left[0] -= 1
        error = {"error": {"code": "0x80072322", "message": "Number of requests exceeded the limit of 6000"}}
        return JSONResponse(error, 429, {"Retry-After": "1"})

    dynamics_org.misbehave = limited
    began = time.monotonic()
    assert load().rows["contact"] == 1
    assert time.monotonic() - began >= 1
