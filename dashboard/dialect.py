"""The few expressions that DuckDB and Snowflake write differently."""

from __future__ import annotations

from common import settings


def local_day(instant: str, zone: str) -> str:
    """The day in ``zone`` of a UTC timestamp without a zone."""
    name = text(zone)
    if settings.target() == "snowflake":
        return f"cast(convert_timezone('UTC', {name}, {instant}) as date)"
    return f"cast(timezone({name}, timezone('UTC', {instant})) as date)"


def start_of(grain: str, day: str) -> str:
    """The first day of the day's week (a Monday), month or year; the day itself for ``day``."""
    return day if grain == "day" else f"cast(date_trunc('{grain}', {day}) as date)"


def joined(value: str, order_by: str) -> str:
    """The values of a group in their order, joined by ' > '."""
    if settings.target() == "snowflake":
        return f"listagg({value}, ' > ') within group (order by {order_by})"
    return f"string_agg({value}, ' > ' order by {order_by})"


def text(value: str) -> str:
    """A text literal; in Snowflake's a backslash escapes what follows it."""
    if settings.target() == "snowflake":
        value = value.replace("\\", "\\\\")
    return "'" + value.replace("'", "''") + "'"
