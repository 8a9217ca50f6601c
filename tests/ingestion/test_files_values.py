"""One value at a time: what is read, as what, and what is refused with which words."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from ingestion.files import values
from ingestion.files.columns import Kind


def at(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc,arg-type]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("2026-01-31T14:05:00Z", at(2026, 1, 31, 14, 5)),
        ("2026-01-31T09:05:00-05:00", at(2026, 1, 31, 14, 5)),
        ("2026-01-31T14:05:00.123456Z", at(2026, 1, 31, 14, 5, 0, 123456)),
        ("2026-01-31T14:05:00.123456789Z", at(2026, 1, 31, 14, 5, 0, 123456)),
        ("2026-01-31T14:05:00,5Z", at(2026, 1, 31, 14, 5, 0, 500000)),
        ("2026-01-31T14:05:00.000+0000", at(2026, 1, 31, 14, 5)),
        ("2026-01-31 14:05:00", at(2026, 1, 31, 14, 5)),
        ("2026-01-31 14:05:00 UTC", at(2026, 1, 31, 14, 5)),
        ("2026-01-31 09:05:00.5 -0500", at(2026, 1, 31, 14, 5, 0, 500000)),
        ("2026-01-31T14:05", at(2026, 1, 31, 14, 5)),
        ("2026-01-31T19:35:00+05:30", at(2026, 1, 31, 14, 5)),
        ("2020-02-04 4:30:21", at(2020, 2, 4, 4, 30, 21)),
        ("20260131T140500Z", at(2026, 1, 31, 14, 5)),
        (" 2026-01-31T14:05:00Z ", at(2026, 1, 31, 14, 5)),
        ("2026-01-31", date(2026, 1, 31)),
        ("20260131", date(2026, 1, 31)),
        ("2999-12-31T23:59:59Z", at(2999, 12, 31, 23, 59, 59)),
        ("", None),
        ("  ", None),
        (None, None),
        (datetime(2026, 1, 31, 14, 5), at(2026, 1, 31, 14, 5)),
        (date(2026, 1, 31), date(2026, 1, 31)),
    ],
)
def test_a_moment_is_an_instant_in_utc_or_a_date(written: Any, meant: Any) -> None:
    read = values.moment(written)
    assert read == meant
    assert type(read) is type(meant)


@pytest.mark.parametrize(
    "written",
    [
        "yesterday",
        "02/04/2020",
        "31.01.2026 14:05",
        "2026-02-30",
        "2026-02-30T10:00:00Z",
        "2026-01-31T25:00:00Z",
        "2026-01-31T14:60:00Z",
        "2026-01-31T14:05:00+25:00",
        "2026-01-31x14:05:00Z",
        "2026-01-31 14:05:00 CET",
        "2026-01-31 02:05:00 PM",
        "0000-00-00 00:00:00",
        "0001-01-01T00:00:00+05:00",
        "2026-1-31",
        "1767225600",
        "٢٠٢٦-٠١-٣١",
        1767225600,
        True,
    ],
)
def test_a_moment_without_sense_is_refused(written: Any) -> None:
    with pytest.raises(values.Unreadable, match=r"write ISO 8601, such as 2026-01-31T14:05:00Z"):
        values.moment(written)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("12.5", "12.5000"),
        ("-12.5", "-12.5000"),
        (" 1e3 ", "1000.0000"),
        (".5", "0.5000"),
        ("5.", "5.0000"),
        ("0.00005", "0.0001"),
        ("-0.00005", "-0.0001"),
        ("0.00004999999999999999999999999", "0.0000"),
        ("2.67495", "2.6750"),
        ("99999999999999.9999", "99999999999999.9999"),
        (7, "7.0000"),
        (0.1, "0.1000"),
        (Decimal("1.00005"), "1.0001"),
    ],
)
def test_money_is_rounded_half_up_to_four_places_from_what_was_written(written: Any, meant: str) -> None:
    assert str(values.money(written)) == meant


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ("1,234.50", "has a comma; write it with a point and without thousands separators"),
        ("12,50", "has a comma; write it with a point"),
        ("NaN", "is no number"),
        ("Infinity", "is no number"),
        ("1_000", "is no number"),
        ("$12", "is no number"),
        ("１２", "is no number"),
        ("--1", "is no number"),
        (float("nan"), "is no number"),
        (float("inf"), "is no number"),
        (True, "is no number"),
        ("100000000000000", "is too large"),
        ("99999999999999.99995", "is too large"),
        ("1e999999", "is too large"),
    ],
)
def test_a_number_that_is_none_is_refused(written: Any, reason: str) -> None:
    with pytest.raises(values.Unreadable, match=reason):
        values.money(written)


@pytest.mark.parametrize(
    ("written", "meant"), [("3", 3), ("2.0", 2), (" 4 ", 4), (5, 5), (6.0, 6), ("", None), (None, None)]
)
def test_a_whole_number_is_read(written: Any, meant: Any) -> None:
    assert values.whole(written) == meant


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ("2.5", "is not whole"),
        ("second", "is no number"),
        ("1e999999", "is too large"),
        ("9223372036854775808", "is too large"),
        (True, "is no number"),
    ],
)
def test_a_number_that_is_not_whole_is_refused(written: Any, reason: str) -> None:
    with pytest.raises(values.Unreadable, match=rf"{reason}.*write a whole number"):
        values.whole(written)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        *((word, True) for word in ("true", "TRUE", " yes ", "1", "Y", "t", True, 1)),
        *((word, False) for word in ("false", "No", "0", "n", "f", "", " ", None, False, 0)),
    ],
)
def test_a_flag_is_read(written: Any, meant: bool) -> None:
    assert values.flag(written) is meant


@pytest.mark.parametrize("written", ["maybe", "2", "x", 2, 0.5])
def test_a_flag_that_says_neither_is_refused(written: Any) -> None:
    with pytest.raises(values.Unreadable, match="is neither true nor false; write true or false"):
        values.flag(written)


@pytest.mark.parametrize(
    ("kind", "written", "meant"),
    [
        (Kind.TEXT, " L1 ", " L1 "),
        (Kind.TEXT, " ", None),
        (Kind.TEXT, 1170, "1170"),
        (Kind.TEXT, 1170.0, "1170"),
        (Kind.TEXT, Decimal("12.0"), "12.0"),
        (Kind.TEXT, b"L1", "L1"),
        (Kind.LABEL, " sms ", "sms"),
        (Kind.CURRENCY, " eur ", "EUR"),
        (Kind.CURRENCY, "xxx", "XXX"),
        (Kind.DATE, "2026-01-31", date(2026, 1, 31)),
        (Kind.DATE, "2026-01-31 00:00:00", date(2026, 1, 31)),
        (Kind.DATE, datetime(2026, 1, 31), date(2026, 1, 31)),
    ],
)
def test_text_is_kept_as_written_and_labels_are_tidied(kind: Kind, written: Any, meant: Any) -> None:
    read = values.READERS[kind](written)
    assert read == meant
    assert type(read) is type(meant)


@pytest.mark.parametrize(
    ("kind", "written", "reason"),
    [
        (Kind.TEXT, True, "write it in quotes"),
        (Kind.TEXT, 1.5, "is a fraction where a text belongs"),
        (Kind.TEXT, {"id": 1}, "write a single value"),
        (Kind.TEXT, b"\xff", "no UTF-8"),
        (Kind.DATE, "2026-01-31T10:00:00Z", "is a time where a date belongs; write the date as 2026-01-31"),
        (Kind.DATE, "January", "is no date; write the date as 2026-01-31"),
    ],
)
def test_text_or_date_of_another_kind_is_refused(kind: Kind, written: Any, reason: str) -> None:
    with pytest.raises(values.Unreadable, match=reason):
        values.READERS[kind](written)
