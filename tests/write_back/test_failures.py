"""A record that fails is tried in a few runs, named in a table, and then left alone; it never holds back others."""

from __future__ import annotations

import pytest
from stub_org import Answer, refusal

from write_back.run import write_back


def refuse(status, message="No."):
    """The org refuses the record of conversation 1 and takes all others."""
    return lambda call: refusal(status, message) if call.method == "PUT" and "conversation-001/" in call.path else None


def failures(export):
    return export.execute(
        "select record_id, conversation_id, reason, runs, is_gone, is_given_up from write_back.write_back_failures"
    )


def writes_of_the_first(org):
    return len([call for call in org.writes if "conversation-001/" in call.path])


def test_refused_record_is_given_up_after_three_runs_and_says_why(org, export, row):
    export.fill(row(1), row(2))
    org.before = refuse(400, "Value is too long")
    summaries = [write_back() for _ in range(4)]
    assert [(each.sent, each.failed, each.newly_given_up, each.given_up) for each in summaries] == [
        (1, 1, 0, 0),
        (0, 1, 0, 0),
        (0, 1, 1, 0),
        (0, 0, 0, 1),
    ]
    assert writes_of_the_first(org) == 3
    assert failures(export) == [
        {
            "record_id": "attribution-conversation-001",
            "conversation_id": "conversation-001",
            "reason": "400: Value is too long",
            "runs": 3,
            "is_gone": False,
            "is_given_up": True,
        }
    ]
    assert export.execute("select failed, given_up from write_back.runs order by started_at")[-1] == {
        "failed": 0,
        "given_up": 1,
    }


def test_other_content_is_tried_again_and_success_clears_the_table(org, export, row):
    export.fill(row(1))
    org.before = refuse(400)
    for _ in range(3):
        write_back()
    export.fill(row(1, campaign_id="shorter"))
    assert write_back().failed == 1
    assert [each["runs"] for each in failures(export)] == [1]
    org.before = lambda call: None
    assert write_back().sent == 1
    assert failures(export) == []


@pytest.mark.parametrize("status", [404, 410])
def test_conversation_past_retention_is_left_alone_whatever_its_credit_becomes(org, export, row, status):
    export.fill(row(1), row(2))
    org.before = refuse(status, "Not found.")
    for number in range(3):
        export.fill(row(1, attribution_credit=number / 10), row(2))
        assert write_back().failed == 1
    export.fill(row(1, attribution_credit=0.9), row(2))
    summary = write_back()
    assert (summary.failed, summary.given_up, summary.unchanged) == (0, 1, 1)
    assert writes_of_the_first(org) == 3
    org.before = lambda call: None
    again = write_back(retry_failures=True)
    assert (again.sent, again.given_up) == (1, 0)
    assert failures(export) == []


def test_outage_of_the_service_gives_nothing_up(org, export, row):
    export.fill(row(1), row(2))
    org.before = lambda call: (
        Answer(200, {"results": {call.body[0]["id"]: {"statusCode": 503, "errorMessage": "Down"}}})
        if call.method == "PUT" and "conversation-001/" in call.path
        else None
    )
    for _ in range(4):
        assert write_back().failed == 1
    assert [(each["runs"], each["is_given_up"]) for each in failures(export)] == [(0, False)]


def test_conversation_that_is_gone_and_earns_nothing_any_more_is_done_with(org, export, row):
    export.fill(row(1), row(2))
    org.before = refuse(404)
    for _ in range(3):
        write_back()
    export.fill(row(2))
    summary = write_back()
    assert (summary.failed, summary.given_up, summary.retracted) == (0, 1, 0)
