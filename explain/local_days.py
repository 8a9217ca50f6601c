"""The instant for which a day without a time stands."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo


def start_of_day(day: date, zone: str) -> datetime:
    """When a clock in ``zone`` first shows 00:00:00 of ``day``, in UTC without a zone."""
    return min(_passings(datetime.combine(day, time()), ZoneInfo(zone)))


def end_of_day(day: date, zone: str) -> datetime:
    """When a clock in ``zone`` last shows 23:59:59 of ``day``, in UTC without a zone."""
    return max(_passings(datetime.combine(day, time(23, 59, 59)), ZoneInfo(zone)))


def _passings(wanted: datetime, zone: ZoneInfo) -> list[datetime]:
    """The UTC instants at which the clock shows ``wanted``; where it skips it, the first one after the gap."""
    guesses = [wanted.replace(tzinfo=zone, fold=fold).astimezone(UTC).replace(tzinfo=None) for fold in (0, 1)]
    shown = [guess for guess in guesses if _clock(guess, zone) == wanted]
    if shown:
        return shown
    # In a gap the two offsets give one instant before it and one after it: the clock jumps between them.
    before, after = min(guesses), max(guesses)
    while after - before > timedelta(seconds=1):
        middle = (before + (after - before) / 2).replace(microsecond=0)
        if _clock(middle, zone) > wanted:
            after = middle
        else:
            before = middle
    return [after]


def _clock(instant: datetime, zone: ZoneInfo) -> datetime:
    return instant.replace(tzinfo=UTC).astimezone(zone).replace(tzinfo=None)
