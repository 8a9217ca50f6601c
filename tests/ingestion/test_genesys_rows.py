"""What a conversation becomes, and which stretch of time a load reads."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from common.attribution_attributes import ATTRIBUTION_KEYS
from ingestion.genesys import backfill, conversations, jobs


def a_call(
    direction: str = "outbound", purpose: str = "customer", attributes: dict[str, str] | None = None, **session: Any
) -> dict[str, Any]:
    return {
        "conversationId": "c1",
        "conversationStart": "2026-06-01T10:00:00.000Z",
        "originatingDirection": direction,
        "participants": [
            {"purpose": "agent", "sessions": [{"direction": "outbound", "dnis": "tel:+19999999999"}]},
            {"purpose": purpose, "attributes": attributes or {}, "sessions": [session]},
        ],
    }


@pytest.mark.parametrize(
    ("conversation", "phone"),
    [
        (a_call(direction="outbound", ani="tel:+1800", dnis="tel:+13175550123"), "tel:+13175550123"),
        (a_call(direction="outbound", addressTo="+13175550123", addressFrom="+1800"), "+13175550123"),
        (a_call(direction="inbound", ani="tel:+13175550123", dnis="tel:+1800"), "tel:+13175550123"),
        (a_call(direction="inbound", addressFrom="+13175550123", addressTo="+1800"), "+13175550123"),
        (a_call(purpose="external", dnis="tel:+13175550123"), "tel:+13175550123"),
        (a_call(callbackNumbers=["+13175550123", "+1900"], mediaType="callback"), "+13175550123"),
        (a_call(direction="inbound", mediaType="chat"), None),
        (a_call(direction="inbound", mediaType="email", addressFrom="lead4711@example.com"), None),
        (a_call(direction="inbound", mediaType="message", messageType="facebook", addressFrom="1234567890123"), None),
        (
            a_call(direction="inbound", mediaType="message", messageType="sms", addressFrom="+13175550123"),
            "+13175550123",
        ),
        (a_call(mediaType="message", messageType="whatsapp", addressTo="13175550123"), "13175550123"),
        (a_call(purpose="acd", dnis="tel:+13175550123"), None),
    ],
)
def test_the_customers_session_gives_the_phone(conversation: dict[str, Any], phone: str | None) -> None:
    assert conversations.customer_phone(conversation) == phone


def test_the_sessions_own_direction_comes_before_the_conversations() -> None:
    call = a_call(direction="inbound", dnis="tel:+13175550123", ani="tel:+1800")
    call["participants"][1]["sessions"][0]["direction"] = "outbound"
    assert conversations.customer_phone(call) == "tel:+13175550123"


def test_a_phone_that_is_none_is_kept_as_it_is_written() -> None:
    row = conversations.row(a_call(dnis="sip:anonymous@anonymous.invalid"))
    assert (row["customer_phone"], row["customer_phone_e164"]) == ("sip:anonymous@anonymous.invalid", None)


@pytest.mark.parametrize("name", [*ATTRIBUTION_KEYS, *ATTRIBUTION_KEYS.values()])
def test_each_name_of_the_write_back_is_dropped_and_counted(name: str) -> None:
    row = conversations.row(a_call(attributes={name: "1", "CampaignID": "C1"}))
    assert row["participants"][1]["attributes"] == {"CampaignID": "C1"}
    assert row["dropped_attributes"] == 1


@pytest.mark.parametrize(
    "name", ["attributioncredit", "AttributionCredits", "MyAttributionModel", "attribution_credit"]
)
def test_a_name_that_only_resembles_them_stays(name: str) -> None:
    row = conversations.row(a_call(attributes={name: "1"}))
    assert row["participants"][1]["attributes"] == {name: "1"}
    assert row["dropped_attributes"] == 0


def test_a_contact_is_needed_where_an_attribute_is_on_no_participant_or_blank() -> None:
    behind = {"outboundContactId": "k1", "outboundContactListId": "l1"}
    names = ["CampaignID", "LeadID"]
    full = a_call(attributes={"CampaignID": "C1", "LeadID": "L1"}, **behind)
    blank = a_call(attributes={"CampaignID": "C1", "LeadID": " "}, **behind)
    missing = a_call(attributes={"CampaignID": "C1"}, **behind)
    elsewhere = a_call(attributes={"CampaignID": "C1"}, **behind)
    elsewhere["participants"][0]["attributes"] = {"LeadID": "L1"}
    without_contact = a_call()
    needed = [conversations.contacts_needed(call, names) for call in (full, blank, missing, elsewhere, without_contact)]
    assert needed == [set(), {("l1", "k1")}, {("l1", "k1")}, set(), set()]


NOW = datetime(2026, 6, 15, tzinfo=UTC)
DAY = timedelta(days=1)


def reading(watermark: datetime | None, since: datetime | None = None, until: datetime | None = None) -> tuple:
    """What is read, and the watermark after it, where it is one window."""
    window = backfill.reading_range(watermark, NOW, since, until, backfill.Pace())
    return *window, backfill.watermark_after(watermark, window)


def test_the_first_load_goes_back_by_the_initial_days_to_the_begin_of_a_day() -> None:
    assert reading(None) == (NOW - 365 * DAY, NOW, NOW)
    later = backfill.reading_range(None, NOW + timedelta(hours=7), None, None, backfill.Pace())
    assert later == (NOW - 365 * DAY, NOW + timedelta(hours=7))


def test_the_next_load_reads_two_days_again() -> None:
    assert reading(NOW - DAY) == (NOW - 3 * DAY, NOW, NOW)


def test_until_does_not_reach_beyond_what_is_available() -> None:
    assert reading(None, until=NOW + DAY)[1] == NOW
    assert reading(None, since=NOW - 9 * DAY, until=NOW - DAY) == (NOW - 9 * DAY, NOW - DAY, NOW - DAY)


def test_reading_an_older_stretch_keeps_the_watermark() -> None:
    assert reading(NOW - DAY, since=NOW - 90 * DAY, until=NOW - 60 * DAY)[2] == NOW - DAY


def test_a_gap_that_since_leaves_is_read_by_the_next_load() -> None:
    assert reading(NOW - 30 * DAY, since=NOW - 5 * DAY)[2] == NOW - 30 * DAY


def test_windows_are_at_most_31_days_and_leave_no_gap() -> None:
    found = list(jobs.windows(NOW - 70 * DAY, NOW, 31 * DAY))
    assert [stop - start for start, stop in found] == [31 * DAY, 31 * DAY, 8 * DAY]
    assert found[0][0] == NOW - 70 * DAY
    assert all(earlier[1] == later[0] for earlier, later in itertools.pairwise(found))
    assert list(jobs.windows(NOW, NOW, 31 * DAY)) == []
