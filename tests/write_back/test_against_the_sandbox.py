"""The write-back on the sandbox's strict Genesys org, as the user runs it."""

from __future__ import annotations

import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import date
from pathlib import Path

import pytest
import requests

from common.errors import AttributionError
from sandbox.faults import FaultInjector
from sandbox.org import Org
from sandbox.server import Sandbox
from write_back.run import write_back

PROJECT = Path(__file__).parents[2]


def small_org(conversations: int) -> Org:
    """An org of so many conversations, ``conversation-001`` and on, and nothing else."""
    return Org(
        seed=1,
        scale=0.0,
        as_of=date(2026, 6, 15),
        organization={"id": "org", "name": "Small"},
        conversations=[
            {
                "conversationId": f"conversation-{number:03}",
                "conversationStart": f"2026-06-01T{number // 60:02}:{number % 60:02}:00.000Z",
                "conversationEnd": f"2026-06-01T{number // 60:02}:{number % 60:02}:30.000Z",
                "originatingDirection": "outbound",
                "participants": [],
            }
            for number in range(1, conversations + 1)
        ],
    )


def held(sandbox: Sandbox) -> list[dict]:
    """The org's records."""
    return requests.get(sandbox.base_url + "/_sandbox/custom_attributes", timeout=30).json()


def journal(sandbox: Sandbox) -> list[dict]:
    """The writes that the org accepted."""
    return requests.get(sandbox.base_url + "/_sandbox/journal", timeout=30).json()


@pytest.fixture
def start(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Sandbox]]:
    """``start(conversations, **options)`` runs a sandbox that the settings name until the test ends."""
    monkeypatch.setattr("write_back.client.BACKOFF_SECONDS", 0.01)
    monkeypatch.setattr("write_back.records.PAUSE_SECONDS", 0.01)
    with ExitStack() as running:

        def start_one(conversations: int, **options: int) -> Sandbox:
            sandbox = running.enter_context(Sandbox(small_org(conversations), **options))
            for name, value in sandbox.environment.items():
                monkeypatch.setenv(name, value)
            return sandbox

        yield start_one


def test_org_ends_as_the_export_and_a_second_run_writes_nothing(start, export, row):
    sandbox = start(40)
    export.fill(*(row(number) for number in range(1, 41)))
    assert write_back().sent == 40
    assert [record["conversationId"] for record in held(sandbox)] == sorted(export.ledger())
    writes = journal(sandbox)
    assert [write["kind"] for write in writes].count("schema") == 1
    assert len(writes) == 41
    summary = write_back()
    assert (summary.sent, summary.unchanged) == (0, 40)
    assert journal(sandbox) == writes


def test_change_and_retraction_are_one_write_each(start, export, row):
    sandbox = start(5)
    export.fill(*(row(number) for number in range(1, 6)))
    write_back()
    export.fill(*(row(number) for number in range(1, 4)), row(4, attributed_value=-3))
    summary = write_back()
    assert (summary.sent, summary.retracted, summary.unchanged) == (1, 1, 3)
    assert len(journal(sandbox)) == 8
    content = {record["conversationId"]: record["customAttributes"] for record in held(sandbox)}
    assert content["conversation-004"]["attribution_value_number"] == -3
    assert set(content["conversation-005"].values()) == {0}


def test_conversation_that_the_org_does_not_know_fails_alone_until_it_does(start, export, row):
    sandbox = start(9)
    export.fill(*(row(number) for number in range(1, 11)))
    summary = write_back()
    assert (summary.sent, summary.failed) == (9, 1)
    assert summary.failures[0].name == "conversation-010"
    assert summary.failures[0].error.startswith("404: ")
    sandbox.genesys.store.positions["conversation-010"] = 9
    assert (write_back().sent, write_back().failed) == (1, 0)
    assert len(held(sandbox)) == 10


def test_rate_limit_is_honoured(start, export, row):
    sandbox = start(30, rate_limit=20)
    sandbox.genesys.rate_window_seconds = 1.0
    export.fill(*(row(number) for number in range(1, 31)))
    began = time.monotonic()
    assert write_back().sent == 30
    assert time.monotonic() - began >= 1
    assert len(held(sandbox)) == 30


@pytest.mark.parametrize("seed", [1, 2])
def test_faults_leave_the_same_org(start, export, row, seed):
    rows = [row(number) for number in range(1, 61)]
    changed = [row(number, campaign_id="other") for number in range(1, 51)]
    states, written = [], []
    for options in ({}, {"faults": seed}):
        sandbox = start(60, rate_limit=100_000, **options)
        export.execute("drop schema if exists write_back cascade")
        for rows_of_run in (rows, changed):
            export.fill(*rows_of_run)
            assert write_back().failed == 0
        states.append(sorted(held_without_faults(sandbox), key=lambda record: record["id"]))
        written.append(Counter(write["id"] for write in sandbox.genesys.journal))
    assert states[0] == states[1]
    assert written[0] == written[1], "each write is made once"
    assert len(states[0]) == 60
    met = injected(sandbox)
    assert met["bulk_partial"] and met["cut"] and met["429"] and met["500"] + met["502"] + met["503"]


def held_without_faults(sandbox: Sandbox) -> list[dict]:
    """The org's records, from its memory: an HTTP answer may be one of the faults."""
    return [
        {"id": record["id"], "customAttributes": record["customAttributes"]}
        for records in sandbox.genesys.attributes.values()
        for record in records.values()
    ]


def injected(sandbox: Sandbox) -> Counter:
    """How many faults of each kind the sandbox injected."""
    layer = sandbox.app.middleware_stack
    while not isinstance(layer, FaultInjector):
        layer = layer.app
    return Counter(layer.injected)


def test_weak_client_is_told_what_it_lacks(start, export, row, monkeypatch):
    sandbox = start(1)
    export.fill(row(1))
    monkeypatch.setenv("GENESYSCLOUD_OAUTHCLIENT_ID", "sandbox-weak")
    with pytest.raises(AttributionError) as caught:
        write_back()
    assert "conversation:customAttributes:schemaView" in caught.value.message
    assert "Add conversation:customAttributes:schemaView to a role" in caught.value.remedy
    assert journal(sandbox) == []


def test_dry_run_leaves_the_journal_empty(start, export, row):
    sandbox = start(3)
    export.fill(row(1), row(2), row(3))
    assert write_back(dry_run=True).planned.new == 3
    assert journal(sandbox) == []


def test_killed_run_is_completed_by_the_next_one(start, export, row):
    sandbox = start(160, rate_limit=100_000)
    rows = [row(number) for number in range(1, 161)]
    export.fill(*rows)
    run = subprocess.Popen([sys.executable, "-c", "from write_back.run import write_back; write_back()"], cwd=PROJECT)
    try:
        deadline = time.monotonic() + 60
        while len(journal(sandbox)) < 80:
            assert run.poll() is None, "the run ended before it could be killed"
            assert time.monotonic() < deadline
    finally:
        run.kill()
        run.wait()
    there = len(held(sandbox))
    assert 79 <= there < 160

    # The row whose write the org took last leaves the export: only what the ledger said beforehand knows of it.
    gone = journal(sandbox)[-1]["conversationId"]
    export.fill(*(each for each in rows if each["conversation_id"] != gone))
    summary = write_back()
    assert (summary.failed, summary.retracted) == (0, 1)
    content = {record["conversationId"]: record["customAttributes"] for record in held(sandbox)}
    assert len(content) == 160
    assert set(content.pop(gone).values()) == {0}
    assert all(attributes["attribution_credit_number"] > 0 for attributes in content.values())
    assert {entry["status"] for entry in export.ledger().values()} == {"sent"}
    again = write_back()
    assert (again.sent, again.retracted, again.unchanged) == (0, 0, 159)
    written = Counter(write["conversationId"] for write in journal(sandbox) if write["kind"] == "custom_attributes")
    assert written.pop(gone) == 2
    assert set(written.values()) == {1}, "each write is made once"
