"""The people of the histories: few, so that changes meet, with phones and e-mails that some of them share."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta

PEOPLE = 12
# 18 characters, as Salesforce has them; EAA is the suffix that belongs to these 15.
LEADS = [f"00Q{number:012d}EAA" for number in range(PEOPLE)]
CAMPAIGNS = ["701000000000001AAA", "701000000000002AAA", "C3", "C4"]
CHANNELS = ["outbound_call", "sms", "email", "silent_channel", "fax"]
CURRENCIES = [None, "USD", "EUR", "GBP", "XXX"]
# As written → in E.164. The last is no number; some people share the two before it.
OWN_PHONES = {f"+1 212 555 {number:04d}": f"+1212555{number:04d}" for number in range(PEOPLE)}
SHARED_PHONES = {"(212) 556-0001": "+12125560001", "tel:+12125560002": "+12125560002"}
PHONES = {**OWN_PHONES, **SHARED_PHONES, "not a phone": None}
# Always in the future, whatever the day on which the tests run.
FAR_FUTURE = datetime(2059, 1, 1, tzinfo=UTC)
# New York changes its clocks on two of these.
DAYS = [date(2024, 3, 9) + timedelta(days=number) for number in range(4)] + [date(2024, 5, 1), date(2024, 11, 3)]


def phone_of(rng: random.Random, person: int) -> str | None:
    """As written; a third of the time none, now and then one that is shared or no number."""
    roll = rng.random()
    if roll < 0.35:
        return None
    if roll < 0.75:
        return list(OWN_PHONES)[person]
    return "not a phone" if roll > 0.97 else rng.choice(list(SHARED_PHONES))


def email_of(rng: random.Random, person: int) -> str | None:
    """As written; two in five have none, a few are shared, a few are written in another way."""
    roll = rng.random()
    if roll < 0.4:
        return None
    if roll < 0.75:
        return f"p{person}@example.com"
    return f" P{person}@Example.com" if roll < 0.85 else f"shared{rng.randrange(2)}@example.com"


def lead_of(rng: random.Random, person: int) -> str | None:
    """As written: half of the time none, now and then 15 characters or with blanks around it."""
    roll = rng.random()
    if roll < 0.5:
        return None
    if roll < 0.9:
        return LEADS[person]
    return LEADS[person][:15] if roll < 0.95 else f" {LEADS[person]} "


def moment(rng: random.Random, first: date = date(2024, 3, 1), days: int = 100) -> datetime:
    """An instant that often falls on a full half hour, so that instants coincide."""
    at = datetime(first.year, first.month, first.day, tzinfo=UTC) + timedelta(minutes=30 * rng.randrange(days * 48))
    return at if rng.random() < 0.4 else at + timedelta(seconds=rng.randrange(1800))


def meant_phone(written: str | None) -> str | None:
    """The number in E.164."""
    return PHONES[written] if written is not None else None


def meant_email(written: str | None) -> str | None:
    """The address without blanks, in lower case."""
    return written.strip().lower() if written is not None else None


def meant_lead(written: str | None) -> str | None:
    """The id of 18 characters."""
    if written is None:
        return None
    lead = written.strip()
    return lead if len(lead) == 18 else lead + "EAA"
