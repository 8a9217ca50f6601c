"""What the reference is told: touches, conversions and leads as any source has them, and the settings."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal


@dataclass(frozen=True)
class Touch:
    """A touch of any source; ``at`` is an instant in UTC, or a day alone. ``phone`` is in E.164, ``email`` lower-case.

    ``agents`` and ``nodes`` are (id, share) and (id, outcome, share) where the source knows shares; else the one
    ``agent`` and the one ``node`` have the whole touch.
    """

    id: str
    at: datetime | date
    channel: str
    started: datetime | date | None = None
    lead: str | None = None
    phone: str | None = None
    email: str | None = None
    campaign: str | None = None
    source: str = "files"
    sequence: int | None = None
    agent: str | None = None
    queue: str | None = None
    node: str | None = None
    disposition: str | None = None
    cost: Decimal | None = None
    connected: bool = True
    lead_source: str | None = None
    handle_seconds: int | None = None
    agents: tuple[tuple[str, float], ...] = ()
    nodes: tuple[tuple[str, str | None, float], ...] = ()


@dataclass(frozen=True)
class Conversion:
    """A conversion of any source; ``value`` in ``currency``, its rate to the reporting currency is looked up."""

    id: str
    at: datetime | date
    lead: str | None = None
    phone: str | None = None
    email: str | None = None
    value: Decimal | None = None
    currency: str | None = None
    lead_created: datetime | date | None = None
    source: str = "files"
    campaign: str | None = None
    type: str = "conversion"


@dataclass(frozen=True)
class Lead:
    """A lead of the CRM: ``survivor`` is itself, or the lead that it was merged into in the end.

    ``created`` and ``deleted`` are the survivor's.
    """

    id: str
    survivor: str
    created: datetime | None
    deleted: bool = False


@dataclass(frozen=True)
class Settings:
    """The vars that credit depends on, with the project's defaults; ``rates`` lead to the reporting currency."""

    anchor: str = "end"
    lookback_days: int = 90
    decay_rate: Decimal = Decimal("0.1")
    unit: str = "day"
    half_life: Decimal | None = None
    granularity: str = "minute"
    zone: str = "UTC"
    convention: str = "end_of_day"
    criterion: str = "last_touch"
    position_weights: tuple[Decimal, Decimal, Decimal] = (Decimal("0.4"), Decimal("0.2"), Decimal("0.4"))
    weights: dict[str, Decimal] = field(default_factory=lambda: {"outbound_call": Decimal("1.5")})
    rates: dict[str, list[tuple[date, Decimal]]] = field(default_factory=dict)
    reporting_currency: str = "USD"
    connected_only: bool = False
    from_previous_conversion: bool = False
