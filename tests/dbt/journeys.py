"""Random touches and conversions that meet every corner at once, from a seed."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from reference_facts import Conversion, Touch

CHANNELS = ["outbound_call", "sms", "email", "carrier_pigeon", "silent_channel"]
# Days of New York's clock changes among them.
DAYS = [date(2026, 3, 6) + timedelta(days=n) for n in range(5)] + [date(2026, 10, 31), date(2026, 11, 1)]


def make(seed: int, people: int) -> tuple[list[Touch], list[Conversion]]:
    """About six touches and one or two conversions a person; a fifth of the phones and e-mails are shared."""
    rng = random.Random(seed)
    touches: list[Touch] = []
    conversions: list[Conversion] = []
    for person in range(people):
        lead = f"lead{person}"
        # Three in four have a phone or e-mail of their own; the rest one that a few people share.
        phone = f"+1212555{person:04d}" if rng.random() < 0.75 else f"+1212556{rng.randrange(people // 8):04d}"
        email = f"p{person}@example.com" if rng.random() < 0.75 else f"s{rng.randrange(people // 8)}@example.com"
        known = rng.random() < 0.7
        base = datetime(2026, rng.choice([3, 6, 11]), rng.randrange(1, 28), rng.randrange(24), tzinfo=UTC)
        for n in range(rng.choice([0, 1, 1, 2, 3, 5, 8, 13])):
            at: datetime | date = base + timedelta(
                seconds=rng.choice([rng.randrange(-200, 200), rng.randrange(-86400 * 120, 86400)])
            )
            started = at - timedelta(seconds=rng.randrange(900)) if rng.random() < 0.5 else None
            if rng.random() < 0.1:
                at, started = rng.choice(DAYS), None
            touches.append(
                Touch(
                    id=f"t{person}-{rng.randrange(10**6)}-{n}",
                    at=at,
                    started=started,
                    channel=rng.choice(CHANNELS),
                    campaign=rng.choice(["C1", "C2", "C3", None]),
                    **identity(rng, lead, phone, email, known),
                )
            )
        for n in range(rng.choice([0, 1, 1, 2])):
            at = base + timedelta(seconds=rng.choice([0, rng.randrange(-300, 300), rng.randrange(86400 * 30)]))
            created = base - timedelta(days=rng.randrange(100)) if rng.random() < 0.6 else None
            value = rng.choice(["0", "0.01", "-12.34", "99.99", "1000000000000", "1234.5678", None])
            conversions.append(
                Conversion(
                    id=f"c{person}-{n}",
                    at=rng.choice(DAYS) if rng.random() < 0.2 else at,
                    value=None if value is None else Decimal(value),
                    currency=rng.choice([None, "USD", "EUR", "GBP", "XXX"]),
                    lead_created=created,
                    **identity(rng, lead, phone, email, known),
                )
            )
    return touches, conversions


def identity(rng: random.Random, lead: str, phone: str, email: str, known: bool) -> dict[str, str | None]:
    """Which of the three a record carries; a person whose lead nobody knows never has a lead id."""
    return {
        "lead": lead if known and rng.random() < 0.6 else None,
        "phone": phone if rng.random() < 0.6 else None,
        "email": email if rng.random() < 0.5 else None,
    }
