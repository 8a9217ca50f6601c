"""One value of a file → one value of the warehouse, or ``Unreadable`` with a word on what would be right.

A value is what the reader found: text from a CSV; text, int, Decimal, bool or something nested from JSON; any
Python value from Parquet. None and blank text are an empty value, in every kind.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time
from decimal import ROUND_HALF_UP, Context, Decimal, InvalidOperation
from functools import lru_cache
from typing import Any

from ingestion.files.columns import Kind

FOUR_PLACES = Decimal("0.0001")
# decimal(18, 4) holds 14 digits before the point.
MONEY_LIMIT = Decimal(10) ** 14
WIDE = Context(prec=60)
TRUE_WORDS = {"true", "t", "yes", "y", "1"}
FALSE_WORDS = {"false", "f", "no", "n", "0"}

WRITE_TIME = "write ISO 8601, such as 2026-01-31T14:05:00Z, 2026-01-31T09:05:00-05:00 or the date alone, 2026-01-31"
WRITE_DATE = "write the date as 2026-01-31"
WRITE_NUMBER = "write it with a point and without thousands separators or signs, such as 1234.50"
WRITE_WHOLE = "write a whole number, such as 3"
WRITE_FLAG = "write true or false"

# What exports write besides strict ISO 8601: a blank for the T, an hour of one digit, "UTC", a blank before the zone.
MOMENT = re.compile(
    r"(\d{4}-\d\d-\d\d)(?:(?:[Tt]| +)(\d{1,2}):(\d\d)(?::(\d\d)(?:[.,](\d+))?)? ?(Z|UTC|[+-]\d\d(?::?\d\d)?)?)?",
    re.ASCII | re.IGNORECASE,
)
BASIC_MOMENT = re.compile(r"\d{8}(T\d{4}(\d\d(\.\d+)?)?(Z|[+-]\d\d(:?\d\d)?)?)?", re.ASCII)
NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?", re.ASCII | re.IGNORECASE)


class Unreadable(ValueError):
    """A value that is not what its column must be; the text says what it is not, then how to write it."""


def text(value: Any) -> str | None:
    """Text as it was written; a whole number (an id in JSON or Parquet) by its digits."""
    if value is None:
        return None
    if isinstance(value, str):
        return value if value and not value.isspace() else None
    if isinstance(value, bool):
        raise Unreadable("is true or false where a text belongs; write it in quotes")
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        # An integer column with gaps becomes floating-point in many tools on its way into Parquet.
        if value.is_integer():
            return str(int(value))
        raise Unreadable("is a fraction where a text belongs; write it as text")
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, bytes):
        try:
            return text(value.decode())
        except UnicodeDecodeError as error:
            raise Unreadable("is bytes that are no UTF-8; write it as text") from error
    raise Unreadable("is no text; write a single value in quotes")


def label(value: Any) -> str | None:
    """Text without the blanks around it."""
    found = text(value)
    return found.strip() if found else None


def currency(value: Any) -> str | None:
    """A currency code, upper case. Whether there is such a currency shows when a rate is looked for."""
    found = label(value)
    return found.upper() if found else None


def moment(value: Any) -> datetime | date | None:
    """An instant in UTC, or a date where the value is a date alone. Without an offset a time is UTC."""
    if isinstance(value, datetime):
        return _utc(value)
    if value is None or isinstance(value, date):
        return value
    if not isinstance(value, str):
        raise Unreadable(f"is no timestamp; {WRITE_TIME}")
    try:
        # The common writing, at once; what fromisoformat allows more than we do is excluded by the two characters.
        if len(value) >= 19 and value[4] == "-" and value[10] in "T ":
            return _utc(datetime.fromisoformat(value))
    except ValueError:
        pass
    return _read_moment(value)


@lru_cache(maxsize=10_000)
def _read_moment(value: str) -> datetime | date | None:
    stripped = value.strip()
    if not stripped:
        return None
    try:
        if BASIC_MOMENT.fullmatch(stripped):
            whole = datetime.fromisoformat(stripped)
            return whole.date() if len(stripped) == 8 else _utc(whole)
        if not (match := MOMENT.fullmatch(stripped)):
            raise Unreadable(f"is no timestamp; {WRITE_TIME}")
        day, hour, minute, second, fraction, zone = match.groups()
        if hour is None:
            return date.fromisoformat(day)
        zone = "+00:00" if not zone or zone.upper() in ("Z", "UTC") else zone
        clock = f"{hour:0>2}:{minute}:{second or '00'}.{(fraction or '0')[:6]:0<6}"
        return _utc(datetime.fromisoformat(f"{day}T{clock}{zone}"))
    except Unreadable:
        raise
    except ValueError as error:
        raise Unreadable(f"is no time that there is; {WRITE_TIME}") from error


def _utc(value: datetime) -> datetime:
    if value.tzinfo is None:
        return value.replace(tzinfo=UTC)
    try:
        return value.astimezone(UTC)
    except (OverflowError, ValueError) as error:
        raise Unreadable(f"is outside the years 1 to 9999; {WRITE_TIME}") from error


def day(value: Any) -> date | None:
    """A date; a timestamp only where it is a midnight in UTC, as tools without a date type write one."""
    try:
        found = moment(value)
    except Unreadable as error:
        raise Unreadable(f"is no date; {WRITE_DATE}") from error
    if not isinstance(found, datetime):
        return found
    if found.time() != time(0):
        raise Unreadable(f"is a time where a date belongs; {WRITE_DATE}")
    return found.date()


def money(value: Any) -> Decimal | None:
    """A number as decimal(18, 4), rounded half up from what was written, never by way of a double."""
    if value is None:
        return None
    try:
        # The shortest text of a double is what its writer meant.
        number = _decimal(repr(value) if type(value) is float else value, WRITE_NUMBER)
        if number is None:
            return None
        number = number.quantize(FOUR_PLACES, ROUND_HALF_UP, WIDE)
    except InvalidOperation as error:
        raise Unreadable("is too large: a number has at most 14 digits before the point") from error
    if abs(number) >= MONEY_LIMIT:
        raise Unreadable("is too large: a number has at most 14 digits before the point")
    return number


def whole(value: Any) -> int | None:
    """A whole number of 64 bits; ``2.0`` is one."""
    number = _decimal(repr(value) if type(value) is float else value, WRITE_WHOLE)
    if number is None:
        return None
    # Compared before it is expanded: 1e999999 would be a million digits.
    if not -(2**63) <= number < 2**63:
        raise Unreadable(f"is too large; {WRITE_WHOLE}")
    if number != number.to_integral_value():
        raise Unreadable(f"is not whole; {WRITE_WHOLE}")
    return int(number)


def _decimal(value: Any, remedy: str) -> Decimal | None:
    if value is None or isinstance(value, Decimal):
        number = value
    elif isinstance(value, int) and not isinstance(value, bool):
        number = Decimal(value)
    elif isinstance(value, str):
        stripped = value.strip()
        if not stripped:
            return None
        if not NUMBER.fullmatch(stripped):
            reason = "has a comma" if "," in stripped else "is no number"
            raise Unreadable(f"{reason}; {remedy}")
        number = Decimal(stripped)
    else:
        raise Unreadable(f"is no number; {remedy}")
    if number is not None and not number.is_finite():
        raise Unreadable(f"is no number; {remedy}")
    return number


def flag(value: Any) -> bool:
    """True or false; empty is false."""
    if value is None or isinstance(value, bool):
        return bool(value)
    if isinstance(value, str | int | Decimal):
        word = str(value).strip().lower()
        if word in TRUE_WORDS:
            return True
        if not word or word in FALSE_WORDS:
            return False
    raise Unreadable(f"is neither true nor false; {WRITE_FLAG}")


READERS: dict[Kind, Callable[[Any], Any]] = {
    Kind.TEXT: text,
    Kind.LABEL: label,
    Kind.CURRENCY: currency,
    Kind.PHONE: text,
    Kind.MOMENT: moment,
    Kind.DATE: day,
    Kind.MONEY: money,
    Kind.WHOLE: whole,
    Kind.FLAG: flag,
}
