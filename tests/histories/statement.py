"""The contract tables as the rules of design have them, in plain Python: marts and export. No SQL is looked at.

Rows are dicts; a table is a list of them in any order. Money is Decimal, credits are Decimal or float.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal
from functools import cached_property
from itertools import groupby
from typing import Any

from facts import World
from genesys_source import CODE_NAMES, GROUPS, IS_CONTACT
from reference_facts import Conversion, Touch

Row = dict[str, Any]
Table = list[Row]
MODELS = [
    "first_touch",
    "last_touch",
    "linear",
    "position_based",
    "w_shaped",
    "time_decay",
    "channel_weighted_time_decay",
    "single_win",
]
CENT = Decimal("0.01")
DAY = 86400
# What the shipped rules make of the codes that the histories use.
RULES = {"Sale made": ("sale", True), "not interested": ("not_interested", True), "odd": ("(no rule)", None)}
RULES |= {name: (GROUPS[name], IS_CONTACT[name]) for name in [*CODE_NAMES, "ININ-OUTBOUND-BUSY"]}


def cents(amount: Decimal, places: str = "0.01") -> Decimal:
    return amount.quantize(Decimal(places), ROUND_HALF_UP)


def total(values: list[Decimal | None]) -> Decimal | None:
    """The sum of those that are known; None where none is."""
    known = [value for value in values if value is not None]
    return sum(known, Decimal(0)) if known else None


def plain(at: datetime) -> datetime:
    """As marts have it: UTC without a zone."""
    return at.astimezone(UTC).replace(tzinfo=None)


class Statement:
    """All marts of one world. Everything is computed once, when it is first asked for."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.reference = world.reference()
        self.touches = self.reference.touches
        self.counted = [c for c in self.reference.conversions if not self.reference.is_deleted(c.lead)]
        self.journeys = {c.id: self.reference.journey(c) for c in self.counted}
        self.credits = {c.id: self.reference.credits(c) for c in self.counted}
        self.values = {c.id: self.reference.value_reporting(c) for c in self.reference.conversions}

    def campaign(self, touch: Touch) -> str:
        return touch.campaign or "(untagged)"

    def touched(self, touch: Touch) -> datetime:
        return plain(self.reference.touched_at[touch.id])

    def converted(self, conversion: Conversion) -> datetime:
        return plain(self.reference.converted_at[conversion.id])

    def person_key(self, record: Touch | Conversion) -> str:
        """SHA-256 of the salt, the kind of identity and its value."""
        kind, value, _ = self.reference.person[record.id]
        text = f"outbound-attribution|{kind.lower()}|{value}"
        return hashlib.sha256(text.encode()).hexdigest()

    def lead_id(self, record: Touch | Conversion) -> str | None:
        kind, value, _ = self.reference.person[record.id]
        return value if kind == "lead" else None

    @cached_property
    def bridge_touch_agents(self) -> Table:
        return [
            {"touch_id": touch.id, "agent_id": agent, "share": share}
            for touch in self.touches
            for agent, share in touch.agents or ((touch.agent or "(none)", 1.0),)
        ]

    @cached_property
    def bridge_touch_ivr_nodes(self) -> Table:
        return [
            {"touch_id": touch.id, "ivr_node_id": node, "outcome": outcome, "share": share}
            for touch in self.touches
            for node, outcome, share in touch.nodes or ((touch.node or "(none)", None, 1.0),)
        ]

    def _listed(self, ids: set[str | None], listed: dict[str, str], noun: str) -> Table:
        """A row for every id that is named or listed, by its name or else by itself."""
        listed = listed if "genesys" in self.world.sources else {}
        return [
            {f"{noun}_id": id, f"{noun}_name": listed.get(id, id), "is_known": id in listed}
            for id in sorted({*filter(None, ids), *listed})
        ]

    @cached_property
    def dim_agents(self) -> Table:
        return self._listed({row["agent_id"] for row in self.bridge_touch_agents}, self.world.genesys.users, "agent")

    @cached_property
    def dim_queues(self) -> Table:
        return self._listed({touch.queue for touch in self.touches}, self.world.genesys.queues, "queue")

    @cached_property
    def dim_ivr_nodes(self) -> Table:
        ids = {row["ivr_node_id"] for row in self.bridge_touch_ivr_nodes}
        rows = self._listed(ids, self.world.genesys.nodes, "ivr_node")
        return [{**row, "flow_type": "outboundcall" if row["is_known"] else None} for row in rows]

    @cached_property
    def dim_channels(self) -> Table:
        weights = self.reference.settings.weights
        return [
            {"channel": each, "channel_weight": float(weights.get(each, 1)), "has_weight_row": each in weights}
            for each in {touch.channel for touch in self.touches} | weights.keys()
        ]

    @cached_property
    def dim_dispositions(self) -> Table:
        names = self.world.genesys.codes if "genesys" in self.world.sources else {}
        rows: Table = [
            {
                "disposition_code": "(none)",
                "disposition_name": "(none)",
                "disposition_group": "(none)",
                "is_contact": False,
                "is_known": True,
            }
        ]
        for code in {touch.disposition for touch in self.touches if touch.disposition} | names.keys():
            name = names.get(code, code)
            group, is_contact = RULES.get(name, ("(no rule)", None))
            rows.append(
                {
                    "disposition_code": code,
                    "disposition_name": name,
                    "disposition_group": group,
                    "is_contact": is_contact,
                    "is_known": code in names or code.startswith("ININ-"),
                }
            )
        return rows

    @cached_property
    def dim_campaigns(self) -> Table:
        known = self.world.salesforce.rows["campaign"] if "salesforce" in self.world.sources else {}
        dialer = set(self.world.seeds.aliases.values()) if "genesys" in self.world.sources else set()
        ids = {self.campaign(touch) for touch in self.touches} | {c.campaign for c in self.reference.conversions}
        ids |= {row["campaign_id"] for row in self.costs} | known.keys()
        rows = []
        for id in filter(None, ids):
            of_crm = known.get(id, {})
            rows.append(
                {
                    "campaign_id": id,
                    "campaign_name": of_crm.get("name") or ("Dialer one" if id in dialer else id),
                    "campaign_type": of_crm.get("type"),
                    "campaign_status": of_crm.get("status"),
                    "started_on": of_crm.get("start_date"),
                    "ended_on": of_crm.get("end_date"),
                    "is_known": id in known or id in dialer,
                }
            )
        return rows

    @cached_property
    def costs(self) -> Table:
        """Costs of campaigns by day, from the first source that knows the campaign; ``cost`` as it is reported."""
        seeds = [
            {"campaign_id": campaign, "cost_date": date.fromisoformat(day), "cost": Decimal(cost), "currency": currency}
            for campaign, day, cost, currency in self.world.seeds.costs
        ]
        files = list(self.world.files.costs.values()) if "files" in self.world.sources else []
        crm = self._crm_costs() if "salesforce" in self.world.sources else []
        rows, taken = [], set()
        for source, given in (("seed", seeds), ("files", files), ("salesforce", crm)):
            fresh = [row for row in given if row["campaign_id"] not in taken]
            taken |= {row["campaign_id"] for row in fresh}
            for row in fresh:
                rate = self.reference.rate(row["currency"], row["cost_date"])
                cost = None if rate is None else cents(row["cost"] * rate, "0.0001")
                rows.append({**row, "cost_source": source, "cost": cost})
        return rows

    def _crm_costs(self) -> Table:
        """What a campaign of the CRM cost, evenly over its days: differences of rounded running totals."""
        rows = []
        for id, row in self.world.salesforce.rows["campaign"].items():
            if row["actual_cost"] and not row["is_deleted"]:
                days = (row["end_date"] - row["start_date"]).days + 1
                so_far = [cents(row["actual_cost"] * n / days, "0.0001") for n in range(days + 1)]
                for n in range(days):
                    day = date.fromordinal(row["start_date"].toordinal() + n)
                    part = {"campaign_id": id, "cost_date": day, "cost": so_far[n + 1] - so_far[n]}
                    rows.append({**part, "currency": row["currency_iso_code"]})
        return rows

    def _cost_order(self, touch: Touch) -> tuple[Any, ...]:
        """By campaign, sequence (none last) and disposition, then by time."""
        sequence = (touch.sequence is None, touch.sequence or 0)
        return self.campaign(touch), *sequence, touch.disposition or "(none)", self.touched(touch), touch.id

    def own_cost(self, touch: Touch) -> Decimal | None:
        """What the source says that it cost, and its agents' time by handling_cost_per_hour."""
        per_hour = self.world.vars.handling_cost_per_hour
        if not per_hour or touch.handle_seconds is None:
            return touch.cost
        return (touch.cost or Decimal(0)) + cents(touch.handle_seconds * per_hour / 3600, "0.0001")

    @cached_property
    def touch_costs(self) -> dict[str, Decimal]:
        """Touch → its own cost and its part of its campaign's, in cents, by differences of rounded running totals."""
        found = {}
        ordered = sorted(self.touches, key=self._cost_order)
        for campaign, group in groupby(ordered, key=self.campaign):
            touches = list(group)
            whole = total([row["cost"] for row in self.costs if row["campaign_id"] == campaign])
            for n, touch in enumerate(touches, 1):
                own = self.own_cost(touch)
                if whole is None and own is None:
                    continue
                parts = [cents(cents((whole or 0) * Decimal(k) / len(touches), "1e-8")) for k in (n, n - 1)]
                found[touch.id] = (own or Decimal(0)) + parts[0] - parts[1]
        return found
