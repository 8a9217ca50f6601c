"""Only what changed is sent, and the ledger and the org agree afterwards."""

from __future__ import annotations

import json

import duckdb
import pytest

from cli.write_back import report
from common.errors import AttributionError
from write_back.run import write_back


def test_first_run_sends_every_row(org, export, row):
    export.fill(*(row(number) for number in range(1, 8)))
    summary = write_back()
    assert (summary.sent, summary.failed, summary.unchanged, summary.retracted) == (7, 0, 0, 0)
    assert len(org.writes) == 7
    assert org.content()["attribution-conversation-005"] == {
        "attribution_credit_number": 0.714285714,
        "attribution_value_number": 51.85,
        "attribution_model_text": "channel_weighted_time_decay",
        "attribution_single_win_number": 1.0,
        "attribution_campaign_id_text": "campaign-2",
        "attribution_touch_sequence_integer": 1,
        "attribution_conversions_integer": 2,
    }
    assert {entry["status"] for entry in export.ledger().values()} == {"sent"}
    assert export.execute("select sent, failed, unchanged, retracted from write_back.runs") == [
        {"sent": 7, "failed": 0, "unchanged": 0, "retracted": 0}
    ]


def test_second_run_sends_nothing(org, export, row):
    export.fill(*(row(number) for number in range(1, 8)))
    write_back()
    before = export.ledger()
    summary = write_back()
    assert (summary.sent, summary.unchanged) == (0, 7)
    assert len(org.writes) == 7
    assert len(org.schemas) == 1
    assert export.ledger() == before


def test_changed_row_is_sent_alone_and_with_its_version(org, export, row):
    export.fill(row(1), row(2), row(3))
    write_back()
    export.fill(row(1), row(2, attribution_credit=0.5), row(3))
    summary = write_back()
    assert (summary.sent, summary.unchanged) == (1, 2)
    assert org.writes[-1].path.split("/")[4] == "conversation-002"
    assert org.writes[-1].body[0]["version"] == 1
    assert org.content()["attribution-conversation-002"]["attribution_credit_number"] == 0.5
    assert export.ledger()["conversation-002"]["version"] == 2


def test_null_value_and_sequence_are_left_out(org, export, row):
    export.fill(row(1, attributed_value=None, touch_sequence=None))
    write_back()
    sent = org.content()["attribution-conversation-001"]
    assert "attribution_value_number" not in sent
    assert "attribution_touch_sequence_integer" not in sent


def test_credit_is_rounded_as_the_hash_rounds_it(org, export, row):
    half = 0.1234567885  # the nearest double lies below the half: Python rounds it down, the cast up
    export.fill(row(1, attribution_credit=half))
    write_back()
    in_hash = export.execute(f"select cast(cast({half} as double) as decimal(28, 9)) as credit")[0]["credit"]
    sent = org.content()["attribution-conversation-001"]["attribution_credit_number"]
    assert sent == float(in_hash)


def test_refund_is_sent_as_a_negative_value(org, export, row):
    export.fill(row(1, attributed_value=-12.5))
    write_back()
    assert org.content()["attribution-conversation-001"]["attribution_value_number"] == -12.5


def test_row_that_left_the_export_is_set_to_zero_once(org, export, row):
    export.fill(row(1), row(2))
    write_back()
    export.fill(row(1))
    summary = write_back()
    assert (summary.sent, summary.retracted, summary.unchanged) == (0, 1, 1)
    assert org.content()["attribution-conversation-002"] == {
        "attribution_credit_number": 0.0,
        "attribution_value_number": 0.0,
        "attribution_single_win_number": 0.0,
        "attribution_conversions_integer": 0,
    }
    assert write_back().retracted == 0
    assert len(org.writes) == 3


def test_retracted_row_that_comes_back_is_sent_again(org, export, row):
    export.fill(row(1), row(2))
    write_back()
    first = org.content()
    export.fill(row(1))
    write_back()
    export.fill(row(1), row(2))
    assert write_back().sent == 1
    assert org.content() == first


def test_retraction_of_a_conversation_that_the_org_forgot_is_done(org, export, row):
    export.fill(row(1), row(2))
    write_back()
    export.fill(row(1))
    org.unknown_conversations.add("conversation-002")
    summary = write_back()
    assert (summary.retracted, summary.failed) == (1, 0)


def test_another_org_knows_nothing_of_the_ledger(org, export, row):
    export.fill(row(1), row(2))
    write_back()
    org.schemas.clear()
    org.records.clear()
    org.schemas.append({"id": "else", "enabled": True, "jsonSchema": {"title": "Else"}})
    summary = write_back()
    assert (summary.sent, summary.unchanged) == (2, 0)
    assert {entry["schema_id"] for entry in export.ledger().values()} == {"schema-2"}
    assert "version" not in org.writes[-1].body[0]


def test_build_that_leaves_no_row_takes_back_what_was_sent(org, export, row):
    export.fill(row(1))
    write_back()
    export.fill()
    export.execute("create schema marts")
    export.execute("create table marts.fct_touches as select 'a' as touch_id")
    assert write_back().retracted == 1


def test_build_on_nothing_is_refused_and_takes_nothing_back(org, export, row):
    export.fill(row(1))
    write_back()
    export.fill()
    with pytest.raises(AttributionError, match="had nothing to work on"):
        write_back()
    assert len(org.writes) == 1


def test_warehouse_without_a_build_is_refused(org, export):
    export.execute("create schema raw_genesys")
    with pytest.raises(AttributionError, match="dbt build") as caught:
        write_back()
    assert "export_genesys_attribution" in caught.value.message
    assert org.calls == []


def test_missing_warehouse_is_refused_and_not_made(org, export):
    with pytest.raises(AttributionError, match="There is no warehouse"):
        write_back()
    assert not export.path.exists()


def test_dry_run_counts_and_writes_nothing(org, export, row):
    export.fill(row(1), row(2), row(3))
    write_back()
    export.fill(row(1), row(2, campaign_id="other"), row(4), row(5))
    ledger, content = export.ledger(), org.content()
    calls = len(org.writes)
    summary = write_back(dry_run=True)
    plan = summary.planned
    assert (plan.new, plan.changed, plan.retracted, plan.unchanged) == (2, 1, 1, 1)
    assert (summary.sent, summary.retracted) == (0, 0)
    assert [task.name for task in plan.tasks] == [
        "conversation-002",
        "conversation-004",
        "conversation-005",
        "conversation-003",
    ]
    assert plan.tasks[0].record.values["AttributionCampaignID"] == "other"
    assert len(org.writes) == calls
    assert (export.ledger(), org.content()) == (ledger, content)
    assert len(export.execute("select * from write_back.runs")) == 1


def test_dry_run_before_the_first_run_makes_no_schema_and_no_ledger(org, export, row, monkeypatch):
    export.fill(*(row(number) for number in range(1, 11)))
    monkeypatch.setenv("ATTRIBUTION_GENESYS_REQUESTS_PER_MINUTE", "20")
    summary = write_back(dry_run=True)
    assert summary.makes == "the custom attributes schema OutboundAttribution"
    assert summary.planned.new == 10
    assert summary.seconds == pytest.approx(30)
    assert org.schemas == []
    assert export.execute("select table_name from information_schema.tables where table_schema = 'write_back'") == []


def test_dry_run_without_the_org_s_settings_goes_by_the_ledger_and_says_so(org, export, row, monkeypatch):
    export.fill(row(1), row(2))
    write_back()
    export.fill(row(1), row(2, campaign_id="other"), row(3))
    monkeypatch.delenv("GENESYSCLOUD_OAUTHCLIENT_SECRET")
    asked = len(org.calls)
    summary = write_back(dry_run=True)
    assert (summary.planned.new, summary.planned.changed, summary.planned.unchanged) == (1, 1, 1)
    assert "what the ledger knows" in summary.note and "GENESYSCLOUD_OAUTHCLIENT_SECRET" in summary.note
    assert (len(org.calls), summary.makes) == (asked, "")
    with pytest.raises(AttributionError, match="GENESYSCLOUD_OAUTHCLIENT_SECRET"):
        write_back()


@pytest.mark.parametrize("target", ["custom_attributes", "participant_attributes", "contact_columns"])
@pytest.mark.parametrize("dry_run", [True, False])
def test_with_nothing_to_write_back_no_org_is_asked(export, target, dry_run):
    """As after a build of files alone: there are touches, and none of them is a conversation."""
    export.fill()
    export.execute("create schema marts")
    export.execute("create table marts.fct_touches as select 1 as touch_id")
    export.execute("create schema build_log")
    export.execute(
        "create table build_log.builds as select now() as finished_at, ? as vars",
        [json.dumps({"write_back_target": target})],
    )
    summary = write_back(dry_run=dry_run)
    assert summary.note.startswith("There is nothing to write back")
    assert (summary.sent, summary.requests, summary.planned.tasks) == (0, 0, [])


def test_dry_run_opens_the_warehouse_for_reading(org, export, row, monkeypatch):
    export.fill(row(1))
    asked = []
    real = duckdb.connect
    monkeypatch.setattr(
        "duckdb.connect", lambda path, read_only=False: asked.append(read_only) or real(path, read_only=read_only)
    )
    write_back(dry_run=True)
    assert asked == [True]


def test_progress_counts_up_to_all(org, export, row):
    export.fill(*(row(number) for number in range(1, 6)))
    seen = []
    write_back(progress=lambda done, total: seen.append((done, total)))
    assert seen[0] == (0, 5)
    assert seen[-1] == (5, 5)
    assert seen == sorted(seen)


def test_a_bound_on_requests_says_what_else_took_some(org, export, row, capsys):
    export.fill(*(row(number) for number in range(1, 21)))
    report(write_back(max_requests=10), max_requests=10)
    # A login, a look for the schema, and the schema made.
    assert capsys.readouterr().out == (
        "write-back: 7 sent, 0 taken back, 0 unchanged, 0 failed, 13 left for another run"
        " (10 requests of --max-requests 10, those for the login and the schema among them)\n"
    )
    report(write_back(max_requests=100), max_requests=100)
    assert "13 sent" in (said := capsys.readouterr().out) and "--max-requests" not in said
