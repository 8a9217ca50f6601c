"""A ledger of before there were targets is read as it is and carried over once, with nothing sent again or lost."""

from __future__ import annotations

from datetime import datetime

import pytest

from common.warehouse import connect
from write_back import ledger
from write_back.run import write_back

# As the first version made them: a record was its conversation's.
FIRST_TABLES = (
    """create table write_back.ledger (conversation_id varchar primary key, record_id varchar, schema_id varchar,
    row_hash varchar, version bigint, sent_at timestamp, status varchar, error varchar)""",
    """create table write_back.runs (started_at timestamp, finished_at timestamp, sent bigint, failed bigint,
    unchanged bigint, retracted bigint)""",
)
COLUMNS = "conversation_id, record_id, schema_id, row_hash, version, sent_at, status, error"
RUN_COLUMNS = "started_at, finished_at, sent, failed, unchanged, retracted"


@pytest.fixture
def carried(org, export, row):
    """What the first version left that wrote three records back, the last of them in a run that was killed."""
    export.fill(row(1), row(2), row(3))
    assert write_back().sent == 3
    for statement in (
        "create table write_back.kept as from write_back.ledger",
        "create table write_back.kept_runs as from write_back.runs",
        "drop table write_back.ledger",
        "drop table write_back.runs",
        "drop table write_back.write_back_failures",
        *FIRST_TABLES,
        f"insert into write_back.ledger select {COLUMNS} from write_back.kept",
        f"insert into write_back.runs select {RUN_COLUMNS} from write_back.kept_runs",
        "update write_back.ledger set status = 'pending', row_hash = null where conversation_id = 'conversation-003'",
        "drop table write_back.kept",
        "drop table write_back.kept_runs",
    ):
        export.execute(statement)
    return export


def writes(org) -> list[str]:
    return [call.path for call in org.calls if call.method == "PUT"]


def test_nothing_is_sent_again_and_every_row_is_kept(carried, org, row):
    before, [old_run] = carried.ledger(), carried.execute("select * from write_back.runs")
    org.calls.clear()
    looked = write_back(dry_run=True)
    assert (looked.unchanged, len(looked.planned.tasks)) == (2, 1)
    assert carried.ledger() == before  # a dry run leaves the table as it is

    summary = write_back()
    # The one that may be there or not is looked at, and found to be there.
    assert (summary.unchanged, summary.sent, summary.failed) == (2, 1, 0)
    assert writes(org) == []
    after = carried.ledger()
    for conversation, known in before.items():
        assert after[conversation]["target"] == "custom_attributes"
        assert conversation == "conversation-003" or {name: after[conversation][name] for name in known} == known
    assert after["conversation-003"]["status"] == "sent" and after["conversation-003"]["row_hash"]
    runs = carried.execute("select * from write_back.runs order by started_at")
    assert {**old_run, "target": None, "given_up": None, "not_tried": None, "requests": None} == runs[0]
    assert (len(runs), runs[1]["target"], runs[1]["unchanged"]) == (2, "custom_attributes", 2)

    again = write_back()
    assert (again.unchanged, again.sent) == (3, 0)


def test_what_changed_is_sent_over_the_version_that_the_old_ledger_knows(carried, org, row):
    carried.fill(row(1, campaign_id="other"), row(3))
    org.calls.clear()
    summary = write_back()
    assert (summary.sent, summary.retracted, summary.failed) == (2, 1, 0)
    assert [call.body[0].get("version") for call in org.calls if call.method == "PUT"] == [1, 1]
    assert len(org.records) == 3


def test_it_is_carried_over_as_a_whole_or_not_at_all(carried, monkeypatch):
    before = carried.execute("select * from write_back.ledger order by 1")

    def killed(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(ledger, "_insert", killed)
    with pytest.raises(KeyboardInterrupt), connect() as warehouse:
        ledger.make_tables(warehouse)
    monkeypatch.undo()
    monkeypatch.setenv("ATTRIBUTION_DUCKDB_PATH", str(carried.path))
    assert carried.execute("select * from write_back.ledger order by 1") == before
    with connect() as warehouse:
        ledger.make_tables(warehouse)
        ledger.make_tables(warehouse)
        found = warehouse.query(f"select target, {COLUMNS} from write_back.ledger order by conversation_id")
    assert found == [{"target": "custom_attributes", **each} for each in before]


def test_entries_of_another_target_or_schema_are_not_taken_for_ours(carried, org, row):
    """After the carry-over a record is its target's and its schema's: the rest says nothing of what is there."""
    with connect() as warehouse:
        ledger.make_tables(warehouse)
        of_file = ledger.Entry(
            "file", "conversation-001", "conversation-001", "/tmp/f.csv", "h", None, datetime(2026, 1, 1), ledger.SENT
        )
        ledger.write(warehouse, [of_file])
        [scope] = {each["schema_id"] for each in carried.ledger().values()} - {"/tmp/f.csv"}
        ours = ledger.read(warehouse, "custom_attributes", scope)
        assert sorted(ours) == [f"attribution-conversation-00{number}" for number in (1, 2, 3)]
        assert list(ledger.read(warehouse, "file", "/tmp/f.csv").values()) == [of_file]
        assert ledger.read(warehouse, "custom_attributes", "another schema") == {}
        found = ledger.of_conversations(warehouse, {"conversation-001"})
    assert sorted(each.target for each in found) == ["custom_attributes", "file"]
    assert write_back().unchanged == 2


def test_what_is_asked_of_a_ledger_that_nobody_carried_over_yet_is_answered(carried):
    with connect(read_only=True) as warehouse:
        [entry] = ledger.of_conversations(warehouse, {"conversation-002"})
        assert (entry.target, entry.record_id) == ("custom_attributes", "attribution-conversation-002")
        assert ledger.count(warehouse, {"conversation-002", "conversation-003"}) == {"write_back.ledger": 2}
