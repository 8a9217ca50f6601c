"""The six campaigns: how they dial, what they cost, and at which touch of theirs people buy."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class CampaignSpec:
    """``volume`` and ``conversions`` are shares of the six; ``drivers`` gives how often a buyer's last touch has
    sequence 1, 2, ...; ``value`` is a typical sale; ``cost`` is what the campaign cost at scale 1, in
    ``currency``; ``window`` is the part of the covered days in which it runs."""

    name: str
    channel: str
    dialing_mode: str | None
    volume: float
    conversions: float
    drivers: tuple[float, ...]
    value: float
    cost: float
    currency: str
    window: tuple[float, float]
    queue: int
    flow: int


CAMPAIGNS = (
    CampaignSpec(
        "Policy Renewal Calls",
        "voice",
        "predictive",
        0.20,
        0.27,
        (0.10, 0.18, 0.55, 0.17),
        920,
        48_000,
        "USD",
        (0, 1),
        0,
        0,
    ),
    CampaignSpec(
        "Upgrade Offer Calls", "voice", "power", 0.21, 0.21, (0.58, 0.29, 0.13), 640, 43_500, "USD", (0, 1), 1, 1
    ),
    CampaignSpec(
        "Win-back Calls",
        "voice",
        "progressive",
        0.22,
        0.06,
        (0.25, 0.25, 0.30, 0.20),
        430,
        61_000,
        "USD",
        (0, 0.75),
        2,
        0,
    ),
    CampaignSpec(
        "Premium Cross-sell Calls",
        "voice",
        "progressive",
        0.13,
        0.14,
        (0.20, 0.60, 0.20),
        2150,
        82_000,
        "EUR",
        (0.15, 1),
        1,
        1,
    ),
    CampaignSpec("Quote Reminder SMS", "sms", None, 0.16, 0.20, (0.50, 0.36, 0.14), 390, 6_200, "USD", (0, 1), 3, 3),
    CampaignSpec(
        "Quote Follow-up Callbacks",
        "callback",
        "preview",
        0.08,
        0.12,
        (0.72, 0.28),
        810,
        74_000,
        "GBP",
        (0, 1),
        4,
        0,
    ),
)
VOICE = (0, 1, 2, 3)
CROSS_SELL = 3
SMS = 4
CALLBACK = 5
