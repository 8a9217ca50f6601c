"""The days that the sandbox covers, and the instants in them. Instants are milliseconds since 1970 in UTC."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from sandbox.content.ids import DAY, HOUR, MINUTE

DAYS = 250
CRM_ZONE = ZoneInfo("America/New_York")
EPOCH = date(1970, 1, 1)


@lru_cache(maxsize=4096)
def _day_text(day: int) -> str:
    return (EPOCH + timedelta(days=day)).isoformat()


def genesys_time(instant: int) -> str:
    """``2026-01-02T03:04:05.678Z``."""
    day, rest = divmod(instant, DAY)
    hours, rest = divmod(rest, HOUR)
    minutes, rest = divmod(rest, MINUTE)
    return f"{_day_text(day)}T{hours:02}:{minutes:02}:{rest // 1000:02}.{rest % 1000:03}Z"


def salesforce_time(instant: int) -> str:
    """``2026-01-02T03:04:05.000+0000``: Salesforce keeps whole seconds."""
    return f"{genesys_time(instant)[:19]}.000+0000"


class Calendar:
    """The 250 days before ``as_of``, by number: day 0 is the first, day 249 the day before ``as_of``."""

    def __init__(self, as_of: date) -> None:
        self.first = as_of - timedelta(days=DAYS)
        self.start = (self.first - EPOCH).days * DAY
        self.end = self.start + DAYS * DAY
        self._midnights = [self._midnight(self.day(number)) for number in range(DAYS + 2)]

    @staticmethod
    def _midnight(day: date) -> int:
        return int(datetime(day.year, day.month, day.day, tzinfo=CRM_ZONE).timestamp()) * 1000

    def day(self, number: int) -> date:
        """The date of day ``number``."""
        return self.first + timedelta(days=number)

    def local(self, number: int, hours: float = 0) -> int:
        """The instant ``hours`` after midnight in the CRM's zone of day ``number``."""
        return self._midnights[number] + int(hours * HOUR)

    def end_of_day(self, number: int) -> int:
        """23:59:59 in the CRM's zone."""
        return self._midnights[number + 1] - 1000

    def local_date(self, instant: int) -> date:
        """The date in the CRM's zone."""
        return datetime.fromtimestamp(instant / 1000, UTC).astimezone(CRM_ZONE).date()

    def clock_changes(self) -> list[int]:
        """The days of 23 or 25 hours, those at the very edges aside (a journey needs days before it)."""
        return [n for n in range(6, DAYS - 2) if self._midnights[n + 1] - self._midnights[n] != DAY]
