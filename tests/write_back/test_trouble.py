"""Whatever goes wrong on the way, each record ends as it should, or is named as failed."""

from __future__ import annotations

import time

import pytest
from stub_org import Answer, refusal

from common.errors import AttributionError
from write_back.run import write_back

SCHEMAS = "/api/v2/conversations/customattributes/schemas"


def of(call, number):
    """Whether the call writes the record of conversation ``number``."""
    return call.method == "PUT" and f"conversation-{number:03}/" in call.path


def bulk_failure(call, status, message):
    """A bulk answer in which the record failed."""
    return Answer(200, {"results": {call.body[0]["id"]: {"statusCode": status, "errorMessage": message}}})


def test_429_is_waited_out_as_long_as_it_says(org, export, row):
    export.fill(*(row(number) for number in range(1, 5)))
    limited = []

    def limit_once(call):
        if call.method == "PUT" and not limited:
            limited.append(time.monotonic())
            return Answer(429, {"message": "Rate limit exceeded", "status": 429}, {"Retry-After": "1"})
        return None

    org.before = limit_once
    arrivals = []
    org.after = lambda call, answer: arrivals.append(time.monotonic()) or answer
    summary = write_back(workers=1)
    assert (summary.sent, summary.failed) == (4, 0)
    assert min(at for at in arrivals if at > limited[0]) - limited[0] >= 0.99


def test_a_rate_limit_that_several_threads_meet_is_said_once(org, export, row, caplog):
    export.fill(*(row(number) for number in range(1, 5)))
    limited = []

    def limit_the_first_four(call):
        if call.method == "PUT" and len(limited) < 4:
            limited.append(call)
            if len(limited) == 1:
                time.sleep(0.5)  # the others' requests are under way before the first has its answer
            return Answer(429, {"message": "Rate limit exceeded", "status": 429}, {"Retry-After": "1"})
        return None

    org.before = limit_the_first_four
    with caplog.at_level("INFO", "write_back"):
        assert write_back(workers=4).sent == 4
    said = [message for message in caplog.messages if "rate limit" in message]
    assert (len(limited), said) == (4, ["Genesys Cloud's rate limit is used up; going on in 1 s."])


@pytest.mark.parametrize(
    "trouble",
    [
        Answer(500, {"message": "Internal error", "status": 500}),
        Answer(502, None),
        Answer(503, {"message": "Unavailable", "status": 503}),
        Answer(200, {"results": {}}),
        Answer(200, {"results": {}}, cut=True),
    ],
    ids=["500", "502 without a body", "503", "an answer without the record", "a cut answer"],
)
def test_passing_failure_is_repeated(org, export, row, trouble):
    export.fill(row(1), row(2), row(3))
    org.before = lambda call: trouble if of(call, 2) and call.number <= 2 else None
    summary = write_back()
    assert (summary.sent, summary.failed) == (3, 0)
    assert len(org.records) == 3
    assert export.ledger()["conversation-002"]["status"] == "sent"


def test_truncated_json_is_repeated(org, export, row):
    export.fill(row(1))
    org.before = lambda call: (
        Answer(200, "half of a str", {"Content-Type": "application/json"}, cut=True)
        if call.path == SCHEMAS and call.number == 1
        else None
    )
    assert write_back().sent == 1


def test_lost_answer_of_an_update_is_no_conflict(org, export, row):
    export.fill(row(1))
    write_back()
    export.fill(row(1, campaign_id="other"))
    org.after = lambda call, answer: (
        Answer(200, answer.body, cut=True) if call.method == "PUT" and call.number == 2 else answer
    )
    summary = write_back()
    assert (summary.sent, summary.failed) == (1, 0)
    assert org.records["attribution-conversation-001"]["version"] == 2
    assert export.ledger()["conversation-001"]["version"] == 2


def test_lost_answer_of_the_schema_makes_no_second_one(org, export, row):
    export.fill(row(1))
    org.after = lambda call, answer: (
        Answer(200, answer.body, cut=True) if (call.method, call.path, call.number) == ("POST", SCHEMAS, 1) else answer
    )
    assert write_back().sent == 1
    assert len(org.schemas) == 1


def test_expired_token_is_renewed(org, export, row):
    export.fill(*(row(number) for number in range(1, 7)))

    def expire(call):
        if of(call, 3) and call.number == 1:
            org.tokens += 1  # the token that the client holds is no longer the latest
        return None

    org.before = expire
    summary = write_back()
    assert (summary.sent, summary.failed) == (6, 0)


def test_record_that_somebody_changed_is_overwritten(org, export, row):
    export.fill(row(1))
    write_back()
    record = org.records["attribution-conversation-001"]
    record.update(version=5, customAttributes={"attribution_credit_number": 99.0})
    export.fill(row(1, attribution_credit=0.25))
    assert write_back().sent == 1
    assert org.content()["attribution-conversation-001"]["attribution_credit_number"] == 0.25
    assert export.ledger()["conversation-001"]["version"] == 6


def test_record_that_somebody_deleted_is_made_again(org, export, row):
    export.fill(row(1))
    write_back()
    org.records.clear()
    org.before = lambda call: (
        bulk_failure(call, 409, "No such version.") if of(call, 1) and "version" in call.body[0] else None
    )
    export.fill(row(1, campaign_id="other"))
    assert write_back().sent == 1
    assert org.records["attribution-conversation-001"]["version"] == 1


def test_failing_record_is_reported_and_the_rest_goes_on(org, export, row):
    export.fill(*(row(number) for number in range(1, 11)))
    org.before = lambda call: bulk_failure(call, 500, "Storage is out") if of(call, 4) else None
    summary = write_back()
    assert (summary.sent, summary.failed) == (9, 1)
    assert [(failure.name, failure.error) for failure in summary.failures] == [
        ("conversation-004", "500: Storage is out")
    ]
    assert len([call for call in org.writes if of(call, 4)]) == 4
    entry = export.ledger()["conversation-004"]
    assert (entry["status"], entry["error"], entry["row_hash"]) == ("failed", "500: Storage is out", None)

    org.before = lambda call: None
    again = write_back()
    assert (again.sent, again.failed, again.unchanged) == (1, 0, 9)
    assert export.ledger()["conversation-004"]["status"] == "sent"
    assert export.ledger()["conversation-004"]["error"] is None


def test_failure_that_had_taken_effect_is_found_and_not_sent_again(org, export, row):
    export.fill(row(1))
    write_back()
    export.fill(row(1, campaign_id="other"))
    # The org takes every write, and yet each answer says that it failed.
    org.after = lambda call, answer: bulk_failure(call, 500, "Late") if call.method == "PUT" else answer
    summary = write_back()
    assert (summary.sent, summary.failed) == (1, 0)
    assert [call.number for call in org.writes] == [1, 2]
    assert org.content()["attribution-conversation-001"]["attribution_campaign_id_text"] == "other"
    assert export.ledger()["conversation-001"]["version"] == 2


@pytest.mark.parametrize("is_known", [False, True], ids=["a new record", "a known one"])
def test_lost_answer_makes_no_second_write(org, export, row, is_known):
    if is_known:
        export.fill(row(1, campaign_id="earlier"))
        write_back()
    export.fill(row(1))
    before = len(org.writes)
    org.after = lambda call, answer: Answer(200, answer.body, cut=True) if call.method == "PUT" else answer
    assert write_back().sent == 1
    assert len(org.writes) == before + 1


def test_what_a_killed_run_left_open_is_looked_up_before_it_is_sent(org, export, row):
    export.fill(row(1), row(2), row(3))
    write_back()
    # One got there and one did not, and a third that the export has lost by now was never there.
    export.execute("update write_back.ledger set status = 'pending', row_hash = null, version = null")
    del org.records["attribution-conversation-002"], org.records["attribution-conversation-003"]
    export.fill(row(1), row(2))
    before = len(org.writes)
    summary = write_back()
    assert (summary.sent, summary.retracted, summary.failed) == (2, 1, 0)
    assert [call.path.split("/")[4] for call in org.writes[before:]] == ["conversation-002"]
    assert "attribution-conversation-003" not in org.records
    assert write_back().unchanged == 2


@pytest.mark.parametrize("status", [400, 404])
def test_refused_record_is_not_repeated(org, export, row, status):
    export.fill(row(1), row(2))
    org.before = lambda call: refusal(status, "No such conversation.") if of(call, 1) else None
    summary = write_back()
    assert (summary.sent, summary.failed) == (1, 1)
    assert summary.failures[0].error == f"{status}: No such conversation."
    assert len([call for call in org.writes if of(call, 1)]) == 1


def test_outage_stops_the_run_and_the_next_one_goes_on(org, export, row, monkeypatch):
    monkeypatch.setattr("write_back.client.ATTEMPTS", 2)
    export.fill(*(row(number) for number in range(1, 101)))
    accepted = []

    def break_down(call):
        if call.method == "PUT":
            if len(accepted) >= 30:
                return refusal(503, "Unavailable")
            accepted.append(call)
        return None

    org.before = break_down
    with pytest.raises(AttributionError, match="10 writes in a row"):
        write_back()
    ledger = export.ledger()
    assert len([entry for entry in ledger.values() if entry["status"] == "sent"]) == 30
    assert export.execute("select sent from write_back.runs") == [{"sent": 30}]
    org.before = lambda call: None
    summary = write_back()
    assert (summary.sent, summary.unchanged) == (70, 30)


def test_interrupt_leaves_what_was_sent_in_the_ledger(org, export, row):
    export.fill(*(row(number) for number in range(1, 101)))

    def interrupt(done, total):
        if done >= 20:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_back(progress=interrupt)
    sent = {name for name, entry in export.ledger().items() if entry["status"] == "sent"}
    assert sent == {record_id.removeprefix("attribution-") for record_id in org.records}
    assert 20 <= len(sent) < 100
    assert write_back().sent == 100 - len(sent)


def test_missing_permission_is_named_and_nothing_is_lost(org, export, row):
    export.fill(*(row(number) for number in range(1, 4)))
    org.before = lambda call: (
        refusal(
            403,
            "Unable to perform the requested action. You are missing the following permission(s): "
            "conversation:customAttributes:edit",
            messageParams={"permissions": "conversation:customAttributes:edit"},
        )
        if of(call, 2)
        else None
    )
    with pytest.raises(AttributionError) as caught:
        write_back(workers=1)
    assert "missing the following permission" in caught.value.message
    assert "Add conversation:customAttributes:edit to a role of the OAuth client client" in caught.value.remedy
    assert export.ledger()["conversation-001"]["status"] == "sent"


def test_wrong_secret_names_the_settings(org, export, row, monkeypatch):
    export.fill(row(1))
    monkeypatch.setenv("GENESYSCLOUD_OAUTHCLIENT_SECRET", "wrong")
    with pytest.raises(AttributionError, match="client secret is wrong") as caught:
        write_back()
    assert "GENESYSCLOUD_OAUTHCLIENT_SECRET" in caught.value.remedy
    assert "wrong" not in caught.value.remedy


def test_unreachable_host_is_a_sentence(export, row, org, monkeypatch):
    export.fill(row(1))
    monkeypatch.setenv("GENESYSCLOUD_BASE_URL", "http://127.0.0.1:9")
    with pytest.raises(AttributionError, match=r"127\.0\.0\.1:9: the connection is refused") as caught:
        write_back()
    assert "GENESYSCLOUD_REGION" in caught.value.remedy


def test_a_region_that_is_none_is_a_sentence(export, row, org, monkeypatch):
    export.fill(row(1))
    monkeypatch.delenv("GENESYSCLOUD_BASE_URL")
    monkeypatch.setenv("GENESYSCLOUD_REGION", "eu")
    with pytest.raises(AttributionError, match="GENESYSCLOUD_REGION is 'eu', which is neither a region nor a domain"):
        write_back()


def test_host_that_is_no_genesys_cloud_is_a_sentence(export, row, org):
    export.fill(row(1))
    org.answer = lambda handler, raw: Answer(404, {"detail": "Not Found"})
    with pytest.raises(AttributionError, match="does not answer as a Genesys Cloud login"):
        write_back()


def test_locked_warehouse_is_a_sentence(org, export, row, locked_by_another_process):
    export.fill(row(1))
    with locked_by_another_process(export.path), pytest.raises(AttributionError, match="is in use by process"):
        write_back()
    assert org.writes == []
