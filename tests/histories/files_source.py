"""What files have said so far: rows as a file holds them, how they change, and what they mean."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from people import (
    CAMPAIGNS,
    CHANNELS,
    CURRENCIES,
    DAYS,
    FAR_FUTURE,
    PEOPLE,
    email_of,
    lead_of,
    meant_email,
    meant_lead,
    meant_phone,
    moment,
    phone_of,
)
from reference_facts import Conversion, Touch

Row = dict[str, Any]

TOUCH_FIELDS = ["time", "lead", "phone", "email", "campaign", "agent", "channel", "sequence", "disposition", "cost"]
CONVERSION_FIELDS = ["time", "lead", "phone", "email", "campaign", "value", "currency", "lead_created", "type"]
CHANGES = (
    ["touch.new", "touch.late", "touch.again", "touch.delete", "touch.restore"]
    + [f"touch.{field}" for field in TOUCH_FIELDS]
    + ["conversion.new", "conversion.again", "conversion.delete", "conversion.restore"]
    + [f"conversion.{field}" for field in CONVERSION_FIELDS]
    + ["cost.set"]
)
KEYS = {"touches": "touch_id", "conversions": "conversion_id"}


class Files:
    """The rows by their keys, deleted ones included, in the version that came last."""

    def __init__(self) -> None:
        self.touches: dict[str, Row] = {}
        self.conversions: dict[str, Row] = {}
        self.costs: dict[tuple[Any, ...], Row] = {}

    def change(self, kind: str, number: int, pick: int) -> tuple[str, Any]:
        """Make one change and say which row of which table a file has to bring for it.

        ``number`` chooses the record among those that the change can happen to, ``pick`` what it becomes.
        """
        rng = random.Random(f"{kind}/{number}/{pick}")
        table, what = kind.split(".")
        if table == "cost":
            row = cost(rng)
            key = (row["campaign_id"], row["cost_date"], row["channel"])
            self.costs[key] = row
            return "costs", key
        rows = self.touches if table == "touch" else self.conversions
        if what in ("new", "late") or not rows:
            key = f"{table[0]}{len(rows):03d}"
            rows[key] = self._touch(rng, key, what == "late") if table == "touch" else conversion(rng, key)
            return f"{table}s" if table == "conversion" else "touches", key
        able = [key for key, row in rows.items() if row["is_deleted"] == (what == "restore")]
        key = (able or list(rows))[number % len(able or rows)]
        if what in ("delete", "restore"):
            rows[key]["is_deleted"] = what == "delete"
        elif what != "again":
            rows[key] |= changed_field(rng, table, what, rows[key])
        return "touches" if table == "touch" else "conversions", key

    def _touch(self, rng: random.Random, key: str, late: bool) -> Row:
        """A touch; a late one lies before a conversion that is known, and is of the same person."""
        row = touch(rng, key)
        known = [row for row in self.conversions.values() if row["converted_at"] != FAR_FUTURE]
        if late and known:
            sold = rng.choice(known)
            at = sold["converted_at"]
            at = at if isinstance(at, datetime) else moment(rng, at, 1)
            before = rng.choice([0, 20, 60, 1800, 86400, 30 * 86400, 90 * 86400, 90 * 86400 + 60])
            row |= {"touched_at": at - timedelta(seconds=before), "started_at": None}
            row |= {name: sold[name] for name in ("lead_id", "phone", "email")}
        return row

    def facts(self) -> tuple[list[Touch], list[Conversion]]:
        """What is not deleted, as the reference takes it."""
        touches = [
            Touch(
                id=row["touch_id"],
                at=row["touched_at"],
                started=row["started_at"],
                channel=row["channel"],
                campaign=row["campaign_id"],
                sequence=row["touch_sequence"],
                agent=row["agent_id"],
                queue=row["queue_id"],
                node=row["ivr_node_id"],
                disposition=row["disposition_code"],
                cost=row["cost"],
                **meant(row),
            )
            for row in self.touches.values()
            if not row["is_deleted"]
        ]
        conversions = [
            Conversion(
                id=row["conversion_id"],
                at=row["converted_at"],
                value=row["conversion_value"],
                currency=row["currency"],
                lead_created=row["lead_created_at"],
                campaign=row["campaign_id"],
                type=row["conversion_type"] or "conversion",
                **meant(row),
            )
            for row in self.conversions.values()
            if not row["is_deleted"]
        ]
        return touches, conversions

    def marks(self) -> set[tuple[str, str, str]]:
        """(finding, source, record id) for what was not written as it should be."""
        found = set()
        for key_name, rows in (("touch_id", self.touches), ("conversion_id", self.conversions)):
            for row in rows.values():
                if row["is_deleted"]:
                    continue
                if row["phone"] is not None and meant_phone(row["phone"]) is None:
                    found.add(("unparsable_phone", "files", row[key_name]))
                if row["lead_id"] is not None and row["lead_id"] != row["lead_id"].strip():
                    found.add(("lead_id_trimmed", "files", row[key_name]))
        return found


def meant(row: Row) -> dict[str, str | None]:
    return {
        "lead": meant_lead(row["lead_id"]),
        "phone": meant_phone(row["phone"]),
        "email": meant_email(row["email"]),
    }


def contact(rng: random.Random) -> Row:
    person = rng.randrange(PEOPLE)
    return {"lead_id": lead_of(rng, person), "phone": phone_of(rng, person), "email": email_of(rng, person)}


def touch_time(rng: random.Random) -> Row:
    roll = rng.random()
    if roll < 0.1:
        return {"touched_at": rng.choice(DAYS), "started_at": None}
    at = FAR_FUTURE if roll > 0.99 else moment(rng)
    started = at - timedelta(seconds=rng.randrange(7200)) if rng.random() < 0.4 else None
    return {"touched_at": at, "started_at": started}


def conversion_time(rng: random.Random) -> Row:
    roll = rng.random()
    at = rng.choice(DAYS) if roll < 0.2 else FAR_FUTURE if roll > 0.99 else moment(rng)
    return {"converted_at": at}


# What a field may become.
POOLS: dict[str, tuple[str, list[Any]]] = {
    "campaign": ("campaign_id", [*CAMPAIGNS, None]),
    "agent": ("agent_id", ["u1", "u2", "u9", None]),
    "channel": ("channel", CHANNELS),
    "sequence": ("touch_sequence", [None, 1, 2, 3, 4]),
    "disposition": ("disposition_code", [None, "Sale made", "not interested", "w1", "ININ-OUTBOUND-BUSY", "odd"]),
    "cost": ("cost", [None, Decimal("0.35"), Decimal("12.3456"), Decimal(0)]),
    "currency": ("currency", CURRENCIES),
    "type": ("conversion_type", [None, "order", "renewal"]),
}
VALUES = ["0", "0.01", "-12.34", "99.99", "100000.01", "1234.5678", "77.7", None]


def touch(rng: random.Random, key: str) -> Row:
    """A touch as a file holds it; None is an empty field."""
    return {
        "touch_id": key,
        **touch_time(rng),
        **contact(rng),
        "queue_id": rng.choice([None, "q1", "q9"]),
        "ivr_node_id": rng.choice([None, None, "f1", "f9"]),
        **{column: rng.choice(pool) for column, pool in (POOLS[name] for name in TOUCH_FIELDS if name in POOLS)},
        "is_deleted": False,
    }


def conversion(rng: random.Random, key: str) -> Row:
    """A conversion as a file holds it; None is an empty field."""
    return {
        "conversion_id": key,
        **conversion_time(rng),
        **contact(rng),
        **{column: rng.choice(pool) for column, pool in (POOLS[name] for name in ("campaign", "currency", "type"))},
        **changed_field(rng, "conversion", "value", {}),
        **changed_field(rng, "conversion", "lead_created", {}),
        "is_deleted": False,
    }


def changed_field(rng: random.Random, table: str, field: str, row: Row) -> Row:
    """The columns that become something else."""
    if field == "time":
        return touch_time(rng) if table == "touch" else conversion_time(rng)
    if field in ("lead", "phone", "email"):
        column = {"lead": "lead_id"}.get(field, field)
        return {column: {"lead": lead_of, "phone": phone_of, "email": email_of}[field](rng, rng.randrange(PEOPLE))}
    if field == "value":
        value = rng.choice(VALUES)
        return {"conversion_value": None if value is None else Decimal(value)}
    if field == "lead_created":
        roll = rng.random()
        return {"lead_created_at": None if roll < 0.4 else rng.choice(DAYS) if roll < 0.5 else moment(rng)}
    column, pool = POOLS[field]
    return {column: rng.choice([value for value in pool if value != row.get(column)])}


def cost(rng: random.Random) -> Row:
    """What a campaign cost on a day."""
    return {
        "campaign_id": rng.choice([*CAMPAIGNS, "C5"]),
        "cost_date": rng.choice(DAYS),
        "channel": rng.choice([None, "sms"]),
        "cost": Decimal(rng.choice(["100", "33.3333", "0", "0.01"])),
        "currency": rng.choice(CURRENCIES),
    }


def written(row: Row) -> dict[str, Any]:
    """A row as CSV has it."""
    return {
        name: "" if value is None else value.isoformat() if hasattr(value, "isoformat") else value
        for name, value in row.items()
    }
