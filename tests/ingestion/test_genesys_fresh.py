"""What the details jobs do not have yet: read without attributes, and replaced once the jobs have it."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from common.errors import AttributionError
from ingestion.genesys import settings
from ingestion.pipeline import run_source

Query = Callable[[str], list[dict[str, Any]]]
ROWS = """
    select conversation_id, is_provisional, participants::varchar as participants
    from raw_genesys.conversations order by conversation_id
"""


def ago(**hours: float) -> str:
    return (datetime.now(UTC) - timedelta(**hours)).isoformat(timespec="milliseconds").replace("+00:00", "Z")


@pytest.fixture
def today(small_org: Any, a_conversation: Callable[..., dict[str, Any]]) -> Any:
    """An org whose jobs are six hours behind: a call they have, one across that point, two after it, an open one."""
    small_org.available = datetime.now(UTC) - timedelta(hours=6)
    small_org.conversations = [
        a_conversation("1-before", ago(hours=8), ago(hours=7)),
        a_conversation("2-across", ago(hours=6.5), ago(hours=5.5)),
        a_conversation("3-after", ago(hours=4), ago(hours=3.9)),
        a_conversation("4-bare", ago(hours=2), ago(hours=1.9), attributes={}),
        a_conversation("5-open", ago(hours=1), None),
    ]
    small_org.contacts = {
        "list-1": {
            "contact-3-after": {"CampaignID": "C7", "Mobile": "", "Home": "(317) 555-0177"},
            "contact-4-bare": {"CampaignID": "C8"},
        }
    }
    small_org.entities["contact_lists"] = [
        {"id": "list-1", "phoneColumns": [{"columnName": "Mobile"}, {"columnName": "Home"}]}
    ]
    return as_the_jobs_see(small_org)


def as_the_jobs_see(org: Any) -> Any:
    """What ended after the availability is still open to the jobs."""
    original = org._job

    def job(*arguments: Any) -> Any:
        answer = original(*arguments)
        for each in answer.body.get("conversations", []):
            if datetime.fromisoformat(each.get("conversationEnd", ago())) > org.available:
                each.pop("conversationEnd", None)
        answer.body = json.loads(json.dumps(answer.body))
        return answer

    org._job = lambda *arguments: _without_side_effects(org, job, arguments)
    return org


def _without_side_effects(org: Any, job: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:
    kept = org.conversations
    org.conversations = json.loads(json.dumps(kept))
    try:
        return job(*arguments)
    finally:
        org.conversations = kept


def carried(row: dict[str, Any]) -> str | None:
    return (json.loads(row["participants"])[0].get("attributes") or {}).get("CampaignID")


def test_what_ended_after_the_availability_is_provisional_until_the_jobs_have_it(today: Any, warehouse: Query) -> None:
    summary = run_source("genesys")
    rows = warehouse(ROWS)
    assert {row["conversation_id"]: row["is_provisional"] for row in rows} == {
        "1-before": False,
        "2-across": True,
        "3-after": True,
        "4-bare": True,
    }
    # What the jobs knew of the one that was under way is not lost.
    assert [carried(row) for row in rows] == ["C1", "C1", None, None]
    assert len([note for note in summary.notes if note.startswith("3 conversations since ")]) == 1
    assert warehouse("select id, phone, phone_e164 from raw_genesys.contacts order by id") == [
        {"id": "contact-3-after", "phone": "(317) 555-0177", "phone_e164": "+13175550177"},
        {"id": "contact-4-bare", "phone": None, "phone_e164": None},
    ]

    # An hour later nothing is new: the contacts are known.
    today.asked_contacts.clear()
    run_source("genesys")
    assert today.asked_contacts == []
    assert warehouse(ROWS) == rows

    today.available = datetime.now(UTC) - timedelta(hours=1.5)
    run_source("genesys")
    rows = warehouse(ROWS)
    assert [row["is_provisional"] for row in rows] == [False] * 4
    assert [carried(row) for row in rows] == ["C1", "C1", "C1", None]
    assert warehouse("select count(*) as rows from raw_genesys.conversations where conversation_end is null") == [
        {"rows": 0}
    ]


def test_an_availability_that_goes_back_makes_nothing_provisional_again(today: Any, warehouse: Query) -> None:
    today.available = datetime.now(UTC) - timedelta(hours=1.5)
    run_source("genesys")
    today.available -= timedelta(hours=4)
    run_source("genesys", variables={"genesys_fresh_conversations": True})
    rows = [row for row in warehouse(ROWS) if row["is_provisional"]]
    assert rows == []


def test_a_var_switches_it_off(today: Any, warehouse: Query) -> None:
    run_source("genesys", variables={"genesys_fresh_conversations": False})
    assert today.queries == []
    assert [row["conversation_id"] for row in warehouse(ROWS) if row["is_provisional"]] == []
    with pytest.raises(AttributionError, match="genesys_fresh_conversations is 'no'"):
        run_source("genesys", variables={"genesys_fresh_conversations": "no"})


def test_until_bounds_it(today: Any, warehouse: Query) -> None:
    run_source("genesys", until=datetime.now(UTC) - timedelta(hours=3))
    assert [row["conversation_id"] for row in warehouse(ROWS) if row["is_provisional"]] == ["2-across", "3-after"]
    today.queries.clear()
    run_source("genesys", until=datetime.now(UTC) - timedelta(hours=7))
    assert today.queries == []


def test_a_stretch_with_too_many_results_is_halved(
    today: Any, warehouse: Query, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "QUERY_PAGE_SIZE", 1)
    monkeypatch.setattr(settings, "QUERY_MOST_RESULTS", 2)
    run_source("genesys")
    assert len({query["interval"] for query in today.queries}) > 2
    assert max(query["paging"]["pageNumber"] for query in today.queries) == 2
    assert [row["conversation_id"] for row in warehouse(ROWS)] == ["1-before", "2-across", "3-after", "4-bare"]
