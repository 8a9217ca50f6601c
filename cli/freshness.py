"""How old what was loaded is: the age of each source's last load that ended well, also when it brought nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from common.dbt_vars import brought
from common.errors import AttributionError
from common.warehouse import Warehouse, connect
from common.words import number


@dataclass(frozen=True)
class LastLoad:
    """When ``source`` was last loaded well (UTC, or None: never), and how many hours that may be ago."""

    source: str
    loaded_at: datetime | None
    error_hours: float

    @property
    def age(self) -> timedelta | None:
        """Now minus then."""
        return datetime.now(UTC) - self.loaded_at if self.loaded_at else None

    @property
    def age_hours(self) -> float | None:
        """The age in hours, to one decimal."""
        return None if self.age is None else round(self.age.total_seconds() / 3600, 1)

    @property
    def is_late(self) -> bool:
        """Whether it is older than it may be; what was never loaded is late."""
        return self.age is None or self.age > timedelta(hours=self.error_hours)


def last_loads(warehouse: Warehouse, variables: dict[str, Any]) -> list[LastLoad]:
    """One row for each source that the var ``sources`` names."""
    schemas = {source: f"raw_{source}" for source in variables["sources"]} | brought(variables)
    return [
        LastLoad(source, _loaded_at(warehouse, schemas[source]), error_hours(variables))
        for source in variables["sources"]
    ]


def error_hours(variables: dict[str, Any]) -> float:
    """The var ``freshness_error_hours``; an AttributionError where it is no number above 0."""
    hours = variables.get("freshness_error_hours")
    if isinstance(hours, bool) or not isinstance(hours, int | float) or not 0 < hours <= 1_000_000:
        raise AttributionError(
            f"The var freshness_error_hours is {hours!r}.",
            "It is a number of hours above 0 and at most 1000000, such as 48.",
        )
    return float(hours)


def gate(variables: dict[str, Any]) -> list[LastLoad]:
    """The last load of each source; an AttributionError where one is late and the var ``late_source`` says stop."""
    stops = late_source(variables) == "stop"
    with connect(read_only=True) as warehouse:
        loads = last_loads(warehouse, variables)
    late = [load for load in loads if load.is_late]
    if stops and late:
        said = " ".join(f"The source {words(load)}." for load in late)
        raise AttributionError(
            said,
            f"Run `attribution load {' '.join(load.source for load in late)}`, or raise the var freshness_error_hours;"
            " with late_source: warn a run goes on.",
        )
    return loads


def late_source(variables: dict[str, Any]) -> str:
    """The var of that name, stop or warn; an AttributionError where it is neither."""
    value = variables.get("late_source", "stop")
    if value not in ("stop", "warn"):
        raise AttributionError(f"The var late_source is {value!r}.", "It is stop or warn.")
    return str(value)


def words(load: LastLoad) -> str:
    """``genesys was last loaded 3 minutes ago``, and what is allowed where it is late."""
    if load.age is None:
        return f"{load.source} was never loaded; {allowed(load)}"
    late = f"; {allowed(load)}" if load.is_late else ""
    return f"{load.source} was last loaded {hours(load.age)} ago{late}"


def allowed(load: LastLoad) -> str:
    """How old a load may be, as a clause."""
    return "1 hour is allowed" if load.error_hours == 1 else f"{load.error_hours:g} hours are allowed"


def hours(age: timedelta) -> str:
    """An age in words that suit its size."""
    minutes = age.total_seconds() / 60
    if minutes < 120:
        return number(round(minutes), "minute")
    return f"{minutes / 60:.0f} hours" if minutes < 72 * 60 else f"{minutes / 1440:.0f} days"


def _loaded_at(warehouse: Warehouse, schema: str) -> datetime | None:
    if not warehouse.exists(schema, "completed_loads"):
        return None
    found = warehouse.query(f"select max(loaded_at) as loaded_at from {schema}.completed_loads")
    loaded_at = found[0]["loaded_at"]
    if loaded_at is None:
        return None
    return loaded_at.replace(tzinfo=UTC) if loaded_at.tzinfo is None else loaded_at.astimezone(UTC)
