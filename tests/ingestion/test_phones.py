"""Phone numbers as telephony, people and CRMs write them."""

from __future__ import annotations

import pytest

from common.errors import AttributionError
from ingestion.phones import to_e164


@pytest.mark.parametrize(
    ("written", "region", "expected"),
    [
        ("tel:+13175550123", None, "+13175550123"),
        ("TEL:+13175550123", None, "+13175550123"),
        ("sms:+447700900123", None, "+447700900123"),
        ("sip:+13175550123@gw.example.com;user=phone", None, "+13175550123"),
        ("sip:3175550123@gw.example.com", None, "+13175550123"),
        ("+1 (317) 555-0123", None, "+13175550123"),
        ("(317) 555-0123", None, "+13175550123"),
        (" 317.555.0123 ", "US", "+13175550123"),
        ("020 7946 0958", "GB", "+442079460958"),
        ("00442079460958", "GB", "+442079460958"),
        ("3175550123 ext. 7", None, "+13175550123"),
        ("tel:3175550123;ext=7", None, "+13175550123"),
        # Too short to be in use anywhere, but it parses, and what parses counts.
        ("5550123", None, "+15550123"),
    ],
)
def test_what_parses_becomes_e164(written: str, region: str | None, expected: str) -> None:
    assert to_e164(written, region) == expected


@pytest.mark.parametrize(
    "written", [None, "", "   ", "n/a", "sip:alice@example.com", "sip:anonymous@anonymous.invalid", "+1", "9" * 30]
)
def test_what_does_not_parse_is_no_number(written: str | None) -> None:
    assert to_e164(written) is None


def test_national_numbers_are_read_in_the_region_of_the_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ATTRIBUTION_PHONE_REGION", "GB")
    assert to_e164("020 7946 0958") == "+442079460958"


def test_an_unknown_region_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ATTRIBUTION_PHONE_REGION", "XX")
    with pytest.raises(AttributionError, match="ATTRIBUTION_PHONE_REGION is 'XX'"):
        to_e164("020 7946 0958")
