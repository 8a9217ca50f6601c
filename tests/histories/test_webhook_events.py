"""An event of the webhook and the CRM's record (here a file's) become one conversion, in whatever order they come."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from play import Counts, differences
from project import Project

from common.dbt_vars import dbt_vars
from common.warehouse import connect
from explain.loaded import conversion

SOURCES = ("files", "webhook")
VARS = {"crm_timezone": "America/New_York"}
# A touch before noon and one after it, of each lead on the day of its conversions.
TOUCHES = [
    {"touch_id": f"{lead}-{hour}", "touched_at": f"2026-06-{day}T{hour}:00:00Z", "channel": "call", "lead_id": lead}
    for lead, day in [("L1", 10), ("L2", 11), ("L3", 12), ("L4", 13), ("L5", 14), ("L6", 15), ("L7", 16), ("L8", 17)]
    for hour in (14, 18)
]
CONVERSIONS = [
    {"conversion_id": "day", "converted_at": "2026-06-10", "lead_id": "L1", "conversion_value": 100},
    {"conversion_id": "time", "converted_at": "2026-06-11T20:00:00Z", "lead_id": "L2", "conversion_value": 200},
    {"conversion_id": "alone", "converted_at": "2026-06-12", "lead_id": "L3", "conversion_value": 300},
    {"conversion_id": "one of two", "converted_at": "2026-06-13", "lead_id": "L4", "conversion_value": 400},
    {"conversion_id": "two of two", "converted_at": "2026-06-13", "lead_id": "L4", "conversion_value": 401},
    {"conversion_id": "of two events", "converted_at": "2026-06-16", "lead_id": "L7", "conversion_value": 700},
    {"conversion_id": "another day", "converted_at": "2026-06-18", "lead_id": "L8", "conversion_value": 800},
]
EVENTS = [
    {"event_id": "e1", "lead_id": "L-other", "converted_at": "2026-06-10T16:00:00Z", "conversion_id": "day"},
    {"event_id": "e2", "lead_id": "L2", "converted_at": "2026-06-11T16:00:00Z", "conversion_id": "time"},
    # The 12th in New York.
    {"event_id": "e3", "lead_id": " L3", "converted_at": "2026-06-13T03:30:00Z", "conversion_value": 9},
    {"event_id": "e4", "lead_id": "L4", "converted_at": "2026-06-13T16:00:00Z", "conversion_value": 4},
    {"event_id": "e5", "lead_id": "L5", "converted_at": "2026-06-14T16:00:00Z", "conversion_value": 5},
    {"event_id": "e6", "lead_id": "L6", "converted_at": "2026-06-15T16:00:00Z", "conversion_id": "not yet"},
    {"event_id": "e7", "lead_id": "L7", "converted_at": "2026-06-16T16:00:00Z"},
    {"event_id": "e8", "lead_id": "L7", "converted_at": "2026-06-16T17:00:00Z"},
    {"event_id": "e9", "lead_id": "L8", "converted_at": "2026-06-17T16:00:00Z"},
]


@pytest.fixture(scope="module")
def built(project: Project) -> Project:
    """A warehouse that was built once with all of the above."""
    project.begin(SOURCES)
    project.load_files(touches=TOUCHES, conversions=CONVERSIONS)
    load_events(project, EVENTS)
    assert project.build(SOURCES, VARS).is_good
    return project


def load_events(project: Project, events: list[dict[str, Any]]) -> None:
    """As a load leaves them."""
    rows = [
        {
            "seq": number,
            "received_at": "2026-06-20T00:00:00Z",
            **dict.fromkeys(("conversion_id", "conversion_value", "currency", "conversion_type", "campaign_id")),
            **event,
        }
        for number, event in enumerate(events, len(project.rows("from raw_webhook.events")))
    ]
    project.load_rows("webhook", {"events": rows})


def conversions(project: Project) -> dict[str, tuple[Any, ...]]:
    """(source, lead, time, whether it is a day alone, value, touches) of each conversion."""
    rows = project.rows("from marts.fct_conversions")
    names = ("source", "lead_id", "converted_at", "is_date_only", "conversion_value", "touch_count")
    return {row["conversion_id"]: tuple(row[name] for name in names) for row in rows}


def findings(project: Project) -> set[tuple[str, str]]:
    """(finding, record) of what the webhook brought."""
    rows = project.rows("from reports.rpt_data_quality where source = 'webhook'")
    return {(row["finding"], row["record_id"]) for row in rows}


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 6, day, hour, minute)


def end_of(day: int) -> datetime:
    """The last second of a day in New York, in UTC."""
    return datetime(2026, 6, day + 1, 3, 59, 59)


def test_a_record_that_is_named_has_the_time_of_the_event_where_it_has_a_day_alone(built):
    found = conversions(built)
    assert found["day"] == ("files", "L1", at(10, 16), False, 100, 1)
    assert found["time"] == ("files", "L2", at(11, 20), False, 200, 2)


def test_the_journey_is_computed_again_with_the_time_of_the_event(built, monkeypatch):
    monkeypatch.setenv("ATTRIBUTION_DUCKDB_PATH", str(built.file))
    with connect(read_only=True) as warehouse:
        for conversion_id, (source, _, converted_at, *_) in conversions(built).items():
            loaded = conversion(warehouse, conversion_id, source, dbt_vars(VARS))
            assert loaded and loaded.converted_at == converted_at, conversion_id


def test_an_event_without_a_record_joins_the_one_that_its_lead_has_on_that_local_day(built):
    found = conversions(built)
    assert found["alone"] == ("files", "L3", at(13, 3, 30), False, 300, 2)
    assert found["another day"] == ("files", "L8", end_of(18), True, 800, 2)


def test_an_event_stays_apart_where_none_or_several_are_meant(built):
    found = conversions(built)
    assert found["one of two"] == ("files", "L4", end_of(13), True, 400, 2)
    assert found["two of two"] == ("files", "L4", end_of(13), True, 401, 2)
    assert found["e4"] == ("webhook", "L4", at(13, 16), False, 4, 1)
    assert found["e5"] == ("webhook", "L5", at(14, 16), False, 5, 1)
    assert found["not yet"] == ("webhook", "L6", at(15, 16), False, None, 1)
    assert found["of two events"] == ("files", "L7", end_of(16), True, 700, 2)
    assert found.keys() == {row["conversion_id"] for row in CONVERSIONS} | {"e4", "e5", "not yet", "e7", "e8", "e9"}
    assert findings(built) == {
        ("webhook_event_undecided", "e4"),
        ("webhook_event_undecided", "e7"),
        ("webhook_event_undecided", "e8"),
        ("webhook_event_without_record", "e5"),
        ("webhook_event_without_record", "not yet"),
        ("webhook_event_without_record", "e9"),
        ("conversion_without_value", "not yet"),
        ("conversion_without_value", "e7"),
        ("conversion_without_value", "e8"),
        ("conversion_without_value", "e9"),
        ("lead_id_trimmed", "e3"),
    }


def test_what_comes_later_changes_what_it_concerns_and_nothing_else(built):
    built.load_files(
        touches=[],
        conversions=[
            {"conversion_id": "not yet", "converted_at": "2026-06-15", "lead_id": "L6", "conversion_value": 600},
            {**CONVERSIONS[4], "is_deleted": "true"},
        ],
    )
    load_events(
        built,
        [
            {**EVENTS[0], "event_id": "e1 corrected", "converted_at": "2026-06-10T20:00:00Z"},
            {"event_id": "e10", "lead_id": "L8", "converted_at": "2026-06-18T12:00:00Z"},
        ],
    )
    ended = built.build(SOURCES, VARS)
    assert ended.is_good and "Recomputing 4 people" in ended.said
    found = conversions(built)
    assert found["not yet"] == ("files", "L6", at(15, 16), False, 600, 1)
    assert found["one of two"] == ("files", "L4", at(13, 16), False, 400, 1)
    assert found["day"] == ("files", "L1", at(10, 20), False, 100, 2)
    assert found["another day"] == ("files", "L8", at(18, 12), False, 800, 2)
    assert not found.keys() & {"two of two", "e4", "e10", "e1", "e1 corrected"}
    assert differences(built.contents(), built.fully_refreshed(SOURCES, VARS), Counts()) == ""
