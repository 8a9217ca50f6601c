"""Loads of a small Genesys org: what stands in the warehouse after the first, and after the next."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from ingestion.pipeline import run_source

Query = Callable[[str], list[dict[str, Any]]]
TABLES = {
    "campaigns",
    "completed_loads",
    "contact_lists",
    "contacts",
    "conversations",
    "flow_milestones",
    "flow_outcomes",
    "flows",
    "organization",
    "queues",
    "skills",
    "users",
    "wrapup_codes",
}


def test_a_load_of_an_empty_org_makes_every_table(small_org: Any, warehouse: Query) -> None:
    summary = run_source("genesys")
    found = warehouse("select table_name from information_schema.tables where table_schema = 'raw_genesys'")
    assert {row["table_name"] for row in found if not row["table_name"].startswith("_dlt")} == TABLES
    assert summary.rows["conversations"] == 0
    columns = warehouse(
        "select column_name, data_type from information_schema.columns"
        " where table_schema = 'raw_genesys' and table_name = 'conversations' and not starts_with(column_name, '_dlt')"
    )
    assert {row["column_name"]: row["data_type"] for row in columns} == {
        "conversation_id": "VARCHAR",
        "conversation_start": "TIMESTAMP WITH TIME ZONE",
        "conversation_end": "TIMESTAMP WITH TIME ZONE",
        "originating_direction": "VARCHAR",
        "participants": "JSON",
        "customer_phone": "VARCHAR",
        "customer_phone_e164": "VARCHAR",
        "dropped_attributes": "BIGINT",
        "is_provisional": "BOOLEAN",
    }


def test_a_conversation_is_one_row_with_its_participants_as_they_came(
    small_org: Any, warehouse: Query, a_conversation: Callable[..., dict[str, Any]]
) -> None:
    conversation = a_conversation("c1", attributes={"LeadID": "Ünï–✓", "Note": 'a "quoted" \\ line\nbreak'})
    small_org.conversations = [conversation]
    run_source("genesys")
    [row] = warehouse("select * from raw_genesys.conversations")
    assert json.loads(row["participants"]) == conversation["participants"]
    assert row["conversation_start"] == datetime(2026, 6, 1, 10, tzinfo=UTC)
    assert row["conversation_end"] == datetime(2026, 6, 1, 10, 5, tzinfo=UTC)
    assert (row["customer_phone"], row["customer_phone_e164"]) == ("tel:+13175550123", "+13175550123")


def test_the_next_load_replaces_an_open_conversation_by_its_final_version(
    small_org: Any, warehouse: Query, a_conversation: Callable[..., dict[str, Any]]
) -> None:
    small_org.conversations = [
        a_conversation("old"),
        a_conversation("open", start="2026-06-14T23:50:00.000Z", end=None),
    ]
    run_source("genesys")
    assert warehouse("select conversation_end from raw_genesys.conversations where conversation_id = 'open'") == [
        {"conversation_end": None}
    ]
    small_org.available = datetime(2026, 6, 15, 6, tzinfo=UTC)
    small_org.conversations[1] = a_conversation(
        "open", start="2026-06-14T23:50:00.000Z", end="2026-06-15T00:20:00.000Z"
    )
    small_org.intervals.clear()
    summary = run_source("genesys")
    assert small_org.intervals == ["2026-06-13T00:00:00.000Z/2026-06-15T06:00:00.000Z"]
    assert summary.rows["conversations"] == 1
    assert warehouse(
        "select conversation_id, conversation_end from raw_genesys.conversations order by conversation_id"
    ) == [
        {"conversation_id": "old", "conversation_end": datetime(2026, 6, 1, 10, 5, tzinfo=UTC)},
        {"conversation_id": "open", "conversation_end": datetime(2026, 6, 15, 0, 20, tzinfo=UTC)},
    ]


def test_the_re_read_window_is_a_setting(small_org: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCES__GENESYS__REREAD_DAYS", "5")
    run_source("genesys")
    small_org.intervals.clear()
    run_source("genesys")
    assert small_org.intervals == ["2026-06-10T00:00:00.000Z/2026-06-15T00:00:00.000Z"]


def test_a_conversation_in_two_windows_is_one_row(
    small_org: Any, warehouse: Query, a_conversation: Callable[..., dict[str, Any]]
) -> None:
    # Windows count from --since: the first one ends on 2026-05-02.
    small_org.conversations = [
        a_conversation("long", start="2026-05-01T23:00:00.000Z", end="2026-05-02T02:00:00.000Z"),
        a_conversation("short"),
    ]
    summary = run_source("genesys", since=datetime(2026, 4, 1, tzinfo=UTC))
    assert len(small_org.intervals) == 3
    assert summary.rows["conversations"] == 3
    assert warehouse("select count(*) as rows from raw_genesys.conversations") == [{"rows": 2}]


def test_since_and_until_bound_what_is_read(
    small_org: Any, warehouse: Query, a_conversation: Callable[..., dict[str, Any]]
) -> None:
    small_org.conversations = [a_conversation("c1")]
    run_source("genesys", since=datetime(2026, 6, 2, tzinfo=UTC), until=datetime(2026, 6, 3))
    assert small_org.intervals == ["2026-06-02T00:00:00.000Z/2026-06-03T00:00:00.000Z"]
    assert warehouse("select since, until from raw_genesys.completed_loads") == [
        {"since": datetime(2026, 6, 2, tzinfo=UTC), "until": datetime(2026, 6, 3, tzinfo=UTC)}
    ]


def test_attributes_of_the_write_back_do_not_reach_the_warehouse(
    small_org: Any, warehouse: Query, a_conversation: Callable[..., dict[str, Any]]
) -> None:
    sent = {"AttributionCredit": "0.5", "attribution_model_text": "linear", "CampaignID": "C1"}
    small_org.conversations = [a_conversation("c1", attributes=sent), a_conversation("c2")]
    run_source("genesys")
    assert warehouse(
        "select conversation_id, dropped_attributes, contains(participants::varchar, 'ttribution') as found"
        " from raw_genesys.conversations order by conversation_id"
    ) == [
        {"conversation_id": "c1", "dropped_attributes": 2, "found": False},
        {"conversation_id": "c2", "dropped_attributes": 0, "found": False},
    ]


def test_contacts_are_read_only_where_an_attribute_is_missing(
    small_org: Any, warehouse: Query, a_conversation: Callable[..., dict[str, Any]]
) -> None:
    small_org.conversations = [a_conversation("full"), a_conversation("bare", attributes={})]
    small_org.contacts = {"list-1": {"contact-bare": {"CampaignID": "C9"}, "contact-full": {}}}
    run_source("genesys")
    assert small_org.asked_contacts == [("list-1", ["contact-bare"])]
    assert warehouse("select contact_list_id, id, data::varchar as data from raw_genesys.contacts") == [
        {"contact_list_id": "list-1", "id": "contact-bare", "data": '{"CampaignID":"C9"}'}
    ]


def test_the_names_of_the_attributes_are_a_var(small_org: Any, a_conversation: Callable[..., dict[str, Any]]) -> None:
    small_org.conversations = [a_conversation("c1")]
    names = ["Campaign", "TouchSequence", "LeadSource", "LeadID"]
    run_source("genesys", variables={"genesys_attributes": names})
    assert small_org.asked_contacts == [("list-1", ["contact-c1"])]


def test_contacts_that_are_gone_are_skipped_and_noted(
    small_org: Any, warehouse: Query, a_conversation: Callable[..., dict[str, Any]]
) -> None:
    small_org.contacts = {"list-1": {f"contact-{number:03}": {} for number in range(1, 150)}}
    small_org.conversations = [a_conversation(f"{number:03}", attributes={}) for number in range(150)]
    small_org.conversations.append(
        a_conversation("gone", attributes={}, session={"outboundContactListId": "deleted-list"})
    )
    summary = run_source("genesys")
    assert [(list_id, len(ids)) for list_id, ids in small_org.asked_contacts] == [
        ("deleted-list", 1),
        ("list-1", 100),
        ("list-1", 50),
    ]
    assert sorted(summary.notes) == [
        "1 contact of contact list deleted-list is gone from Genesys Cloud: skipped",
        "1 contact of contact list list-1 is gone from Genesys Cloud: skipped",
    ]
    assert warehouse("select count(*) as rows from raw_genesys.contacts") == [{"rows": 149}]


def test_listings_are_read_to_their_last_page(small_org: Any, warehouse: Query) -> None:
    small_org.entities = {
        "queues": [{"id": f"q{number}", "name": f"Queue {number}", "mediaSettings": {}} for number in range(201)],
        "campaigns": [
            {
                "id": "v1",
                "name": "Spring",
                "contactList": {"id": "list-1", "name": "Leads"},
                "queue": {"id": "q1"},
                "campaignStatus": "on",
                "dialingMode": "progressive",
            }
        ],
        "messaging_campaigns": [
            {"id": "m1", "name": "Texts", "contactList": {"id": "list-1"}, "campaignStatus": "off"}
        ],
        "contact_lists": [{"id": "list-1", "name": "Leads", "columnNames": ["CampaignID", "Phone"], "size": 12}],
        "users": [{"id": "u1", "name": "Ann", "state": "deleted", "email": "ann@example.com"}],
        "flows": [{"id": "f1", "name": "Welcome", "type": "INBOUNDCALL"}],
    }
    run_source("genesys")
    assert warehouse("select count(*) as rows, count(distinct id) as ids from raw_genesys.queues") == [
        {"rows": 201, "ids": 201}
    ]
    assert warehouse("select * exclude (_dlt_load_id, _dlt_id) from raw_genesys.campaigns order by id") == [
        {
            "id": "m1",
            "name": "Texts",
            "kind": "messaging",
            "contact_list_id": "list-1",
            "queue_id": None,
            "campaign_status": "off",
            "dialing_mode": None,
        },
        {
            "id": "v1",
            "name": "Spring",
            "kind": "voice",
            "contact_list_id": "list-1",
            "queue_id": "q1",
            "campaign_status": "on",
            "dialing_mode": "progressive",
        },
    ]
    assert warehouse("select column_names::varchar as names, size from raw_genesys.contact_lists") == [
        {"names": '["CampaignID","Phone"]', "size": 12}
    ]
    assert warehouse("select * exclude (_dlt_load_id, _dlt_id) from raw_genesys.users") == [
        {"id": "u1", "name": "Ann", "state": "deleted"}
    ]
    assert warehouse("select id, name, type from raw_genesys.flows") == [
        {"id": "f1", "name": "Welcome", "type": "INBOUNDCALL"}
    ]


def test_what_was_deleted_in_the_org_keeps_its_name_in_the_warehouse(small_org: Any, warehouse: Query) -> None:
    small_org.entities = {"wrapup_codes": [{"id": "w1", "name": "Sale"}, {"id": "w2", "name": "No sale"}]}
    run_source("genesys")
    small_org.entities = {"wrapup_codes": [{"id": "w1", "name": "Sold"}]}
    run_source("genesys")
    assert warehouse("select id, name from raw_genesys.wrapup_codes order by id") == [
        {"id": "w1", "name": "Sold"},
        {"id": "w2", "name": "No sale"},
    ]
