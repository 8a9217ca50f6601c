"""What a Salesforce org holds: raw rows as a load leaves them, how they change, and what they mean."""

from __future__ import annotations

import random
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from people import (
    CAMPAIGNS,
    DAYS,
    LEADS,
    PEOPLE,
    email_of,
    meant_phone,
    moment,
    phone_of,
)

Row = dict[str, Any]

CHANGES = [
    *("lead.new", "lead.merge", "lead.merge", "lead.unmerge", "lead.delete", "lead.restore", "lead.convert"),
    *("lead.phone", "lead.email", "lead.again", "contact.phone", "contact.email", "contact.delete", "contact.restore"),
    *("opportunity.new", "opportunity.won", "opportunity.time", "opportunity.value", "opportunity.delete"),
    *("opportunity.restore", "role.contact", "role.delete", "role.restore"),
    *("task.new", "task.again", "task.time", "task.delete", "task.restore"),
    *("campaign_member.new", "campaign_member.delete", "campaign_member.restore"),
    *("opportunity_history.new", "opportunity_history.new"),
    *("campaign.cost", "campaign.name", "campaign.delete", "campaign.restore", "dated_conversion_rate.set"),
]
# Raw table → what its ids begin with.
TABLES = {
    "lead": "00Q",
    "contact": "003",
    "opportunity": "006",
    "opportunity_history": "008",
    "opportunity_contact_role": "00K",
    "task": "00T",
    "campaign_member": "00v",
    "campaign": "701",
    "dated_conversion_rate": "04w",
}


class SalesforceRows:
    """The rows of each raw table by id. ``rows[table][id]`` has every column that the models read."""

    def __init__(self) -> None:
        self.rows: dict[str, dict[str, Row]] = {table: {} for table in TABLES}
        for number, campaign in enumerate(CAMPAIGNS[:2]):
            self.rows["campaign"][campaign] = {
                **{"id": campaign, "is_deleted": False, "name": f"Campaign {number}", "type": "Call", "status": "On"},
                **{"start_date": DAYS[0], "end_date": DAYS[0] + timedelta(days=number)},
                **{"actual_cost": None, "currency_iso_code": "USD"},
            }

    def change(self, kind: str, number: int, pick: int) -> list[tuple[str, str]]:
        """Make one change and say which rows (raw table, id) the next load brings for it.

        ``number`` chooses the record among those that the change can happen to, ``pick`` what it becomes.
        """
        rng = random.Random(f"{kind}/{number}/{pick}")
        table, what = kind.split(".")
        table = "opportunity_contact_role" if table == "role" else table
        make = getattr(self, f"_new_{table}", None)
        if what == "set":
            return [self._rate(rng)]
        rows = self.rows[table]
        if make and (what == "new" or not rows):
            made: list[tuple[str, str]] = make(rng)
            return made
        able = [id for id, row in rows.items() if self._can(table, what, row)] or list(rows)
        if not able:
            return []
        id = able[number % len(able)]
        if table == "lead" and what in ("merge", "convert"):
            return getattr(self, f"_{what}")(rng, id)
        rows[id] |= self._changed(rng, table, what)
        return [(table, id)]

    @staticmethod
    def _can(table: str, what: str, row: Row) -> bool:
        if what == "unmerge":
            return row["master_record_id"] is not None
        if what in ("restore", "delete"):
            return row["is_deleted"] == (what == "restore") and row.get("master_record_id") is None
        return what != "convert" or not (row["is_converted"] or row["is_deleted"])

    def _changed(self, rng: random.Random, table: str, what: str) -> Row:
        """The columns that become something else."""
        person = rng.randrange(PEOPLE)
        if what in ("delete", "restore", "unmerge"):
            return {"is_deleted": what == "delete"} | ({"master_record_id": None} if what == "unmerge" else {})
        if what == "phone":
            phone = phone_of(rng, person)
            return {"phone": phone, "phone_e164": meant_phone(phone)}
        made: Row = {
            "again": lambda: {},
            "email": lambda: {"email": email_of(rng, person)},
            "won": lambda: {"is_won": rng.random() < 0.6},
            "value": lambda: {"conversion_value": Decimal(rng.choice(["10", "250.5", "-3"]))},
            "contact": lambda: {"contact_id": rng.choice(list(self.rows["contact"]) or [None])},
            "name": lambda: {"name": f"Campaign of {rng.randrange(99)}"},
            "cost": lambda: {"actual_cost": rng.choice([None, Decimal("90"), Decimal("33.3333")])},
            "time": lambda: closing(rng) if table == "opportunity" else {"completed_date_time": moment(rng)},
        }[what]()
        return made

    def _add(self, table: str, **row: Any) -> tuple[str, str]:
        id = f"{TABLES[table]}{len(self.rows[table]):012d}AAA"
        self.rows[table][id] = {"id": id, "is_deleted": False, **row}
        return table, id

    def _new_lead(self, rng: random.Random) -> list[tuple[str, str]]:
        free = [id for id in LEADS if id not in self.rows["lead"]]
        if not free:
            return [("lead", rng.choice(LEADS))]
        id = rng.choice(free)
        person = LEADS.index(id)
        phone, mobile = phone_of(rng, person), phone_of(rng, person)
        self.rows["lead"][id] = {
            **{"id": id, "is_deleted": False, "master_record_id": None, "lead_source": "Web"},
            **{"phone": phone, "phone_e164": meant_phone(phone)},
            **{"mobile_phone": mobile, "mobile_phone_e164": meant_phone(mobile), "email": email_of(rng, person)},
            **{"created_date": moment(rng, date(2024, 2, 1), 120), "is_converted": False, "converted_date": None},
            **{"converted_contact_id": None, "converted_opportunity_id": None, "conversion_time": None},
            "currency_iso_code": "USD",
        }
        return [("lead", id)]

    def _merge(self, rng: random.Random, id: str) -> list[tuple[str, str]]:
        """Into another lead, never into one that lives on in this one."""
        others = [other for other in self.rows["lead"] if self.survivor(other) != self.survivor(id)]
        if not others:
            return [("lead", id)]
        self.rows["lead"][id] |= {"is_deleted": True, "master_record_id": rng.choice(sorted(others))}
        return [("lead", id)]

    def _convert(self, rng: random.Random, id: str) -> list[tuple[str, str]]:
        """Into a contact, to which tasks and responses move, and most often into an opportunity."""
        lead = self.rows["lead"][id]
        if lead["is_converted"]:
            return [("lead", id)]
        copied = ("phone", "phone_e164", "mobile_phone", "mobile_phone_e164", "email")
        changed = [self._add("contact", created_date=moment(rng), **{name: lead[name] for name in copied})]
        contact = changed[0][1]
        lead |= {"is_converted": True, "converted_contact_id": contact, "converted_date": rng.choice(DAYS)}
        if rng.random() < 0.7:
            changed += self._new_opportunity(rng, contact)
            lead["converted_opportunity_id"] = changed[1][1]
        for task, row in self.rows["task"].items():
            if row["who_id"] == id:
                row["who_id"] = contact
                changed.append(("task", task))
        for member, row in self.rows["campaign_member"].items():
            if row["lead_id"] == id:
                row |= {"lead_id": None, "contact_id": contact}
                changed.append(("campaign_member", member))
        return [*changed, ("lead", id)]

    def _new_opportunity(self, rng: random.Random, contact: str | None = None) -> list[tuple[str, str]]:
        contact = contact or rng.choice(sorted(self.rows["contact"]) or [None])
        made = self._add(
            "opportunity",
            **closing(rng),
            stage_name="Closed",
            is_closed=True,
            is_won=rng.random() < 0.8,
            currency_iso_code=rng.choice([None, "USD", "EUR", "XXX"]),
            created_date=moment(rng),
            conversion_value=rng.choice([None, Decimal("100"), Decimal("49.99"), Decimal("0.01")]),
            conversion_campaign=rng.choice([None, *CAMPAIGNS]),
        )
        role = self._add(
            "opportunity_contact_role", opportunity_id=made[1], contact_id=contact, is_primary=rng.random() < 0.8
        )
        return [made, role]

    def _new_opportunity_history(self, rng: random.Random) -> list[tuple[str, str]]:
        """An opportunity came into its stage, or was in another, on the day of its close or about then."""
        if not self.rows["opportunity"]:
            return self._new_opportunity(rng)
        opportunity = rng.choice(sorted(self.rows["opportunity"]))
        made = self._add(
            "opportunity_history",
            opportunity_id=opportunity,
            stage_name=rng.choice(["Closed", "Closed", "Open"]),
            created_date=moment(rng, self.rows["opportunity"][opportunity]["close_date"], 2),
        )
        del self.rows[made[0]][made[1]]["is_deleted"]
        return [made]

    def _new_task(self, rng: random.Random) -> list[tuple[str, str]]:
        who = rng.choice([*sorted(self.rows["contact"]), *LEADS[:8]])
        completed = moment(rng) if rng.random() < 0.8 else None
        return [
            self._add(
                "task",
                who_id=who,
                what_id=rng.choice([None, *CAMPAIGNS[:2]]),
                completed_date_time=completed,
                created_date=moment(rng),
            )
        ]

    def _new_campaign_member(self, rng: random.Random) -> list[tuple[str, str]]:
        who = rng.choice([*sorted(self.rows["contact"]), *LEADS[:8]])
        return [
            self._add(
                "campaign_member",
                campaign_id=rng.choice(CAMPAIGNS[:2]),
                lead_id=who if who in LEADS else None,
                contact_id=None if who in LEADS else who,
                has_responded=True,
                first_responded_date=rng.choice([*DAYS, None]),
            )
        ]

    def _rate(self, rng: random.Random) -> tuple[str, str]:
        """What a currency is from a day on, in units for one US dollar, the org's corporate currency."""
        currency, day = rng.choice(["EUR", "GBP", "USD"]), rng.choice([date(2024, 1, 1), date(2024, 4, 15)])
        units = Decimal(1) if currency == "USD" else Decimal(rng.choice(["0.9", "0.8125"]))
        known = {(row["iso_code"], row["start_date"]): id for id, row in self.rows["dated_conversion_rate"].items()}
        if (currency, day) in known:
            self.rows["dated_conversion_rate"][known[currency, day]]["conversion_rate"] = units
            return "dated_conversion_rate", known[currency, day]
        table, id = self._add("dated_conversion_rate", iso_code=currency, conversion_rate=units, start_date=day)
        del self.rows[table][id]["is_deleted"]
        return table, id

    def survivor(self, lead: str) -> str:
        """The lead at the end of the chain of merges."""
        while lead in self.rows["lead"] and self.rows["lead"][lead]["master_record_id"]:
            lead = self.rows["lead"][lead]["master_record_id"]
        return lead


def closing(rng: random.Random) -> Row:
    """When an opportunity was closed: a day, and half of the time an instant too."""
    return {"close_date": rng.choice(DAYS), "conversion_time": moment(rng) if rng.random() < 0.5 else None}
