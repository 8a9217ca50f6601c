"""The facts as the rules of design have them, computed from what the statement knows of one world."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property

from reference import share_out
from statement import MODELS, Statement, Table, plain


class Facts(Statement):
    """The facts of one world."""

    @cached_property
    def fct_touches(self) -> Table:
        names = {row["campaign_id"]: row["campaign_name"] for row in self.dim_campaigns}
        return [
            {
                "touch_id": touch.id,
                "source": touch.source,
                "lead_id": self.lead_id(touch),
                "person_key": self.person_key(touch),
                "identity_match": self.reference.person[touch.id][2],
                "campaign_id": self.campaign(touch),
                "campaign_name": names[self.campaign(touch)],
                "touch_sequence": touch.sequence,
                "channel": touch.channel,
                "started_at": plain(self.reference.begins(touch.started or touch.at)),
                "touched_at": self.touched(touch),
                "is_connected": touch.connected,
                "agent_id": touch.agent,
                "queue_id": touch.queue,
                "ivr_node_id": touch.node,
                "disposition_code": touch.disposition,
                "lead_source": touch.lead_source,
                "handle_seconds": touch.handle_seconds,
                "cost": self.own_cost(touch),
            }
            for touch in self.touches
        ]

    @cached_property
    def fct_conversions(self) -> Table:
        numbers: dict[str, int] = {}
        count: dict[tuple[str, str], int] = defaultdict(int)
        for conversion in sorted(self.counted, key=lambda c: (self.converted(c), c.id)):
            count[self.person_key(conversion), conversion.type] += 1
            numbers[conversion.id] = count[self.person_key(conversion), conversion.type]
        return [
            {
                "conversion_id": conversion.id,
                "source": conversion.source,
                "lead_id": self.lead_id(conversion),
                "person_key": self.person_key(conversion),
                "campaign_id": conversion.campaign,
                "converted_at": self.converted(conversion),
                "is_date_only": not isinstance(conversion.at, datetime),
                "conversion_type": conversion.type,
                "conversion_number": numbers[conversion.id],
                "conversion_value": conversion.value,
                "currency": conversion.currency or self.world.vars.currency,
                "conversion_value_reporting": self.values[conversion.id],
                "touch_count": len(self.journeys[conversion.id]),
                "last_touch_at": max(map(self.touched, self.journeys[conversion.id]), default=None),
            }
            for conversion in self.counted
        ]

    @cached_property
    def fct_attribution(self) -> Table:
        rows = []
        settings = self.reference.settings
        for conversion in self.counted:
            journey, credits = self.journeys[conversion.id], self.credits[conversion.id]
            value = self.values[conversion.id]
            shares = {m: [None] * len(journey) if value is None else share_out(value, c) for m, c in credits.items()}
            ages = self.reference.ages(conversion, journey)
            for position, touch in enumerate(journey):
                row = {
                    "conversion_id": conversion.id,
                    "touch_id": touch.id,
                    "person_key": self.person_key(conversion),
                    "converted_at": self.converted(conversion),
                    "touched_at": self.touched(touch),
                    "campaign_id": self.campaign(touch),
                    "channel": touch.channel,
                    "touch_sequence": touch.sequence,
                    "position": position + 1,
                    "journey_length": len(journey),
                    "hours_to_conversion": float(ages[position]) / 3600,
                    "channel_weight": float(settings.weights.get(touch.channel, Decimal(1))),
                }
                for model in MODELS:
                    row[f"{model}_credit"] = float(credits[model][position])
                    row[f"{model}_value"] = shares[model][position]
                rows.append(row)
        return rows

    @cached_property
    def fct_attribution_credit(self) -> Table:
        kept = ["conversion_id", "touch_id", "campaign_id", "channel", "touch_sequence", "touched_at", "converted_at"]
        return [
            {
                **{name: row[name] for name in kept},
                "attribution_model": model,
                "credit": row[f"{model}_credit"],
                "attributed_value": row[f"{model}_value"],
            }
            for row in self.fct_attribution
            for model in MODELS
        ]

    @cached_property
    def fct_single_win(self) -> Table:
        rows = []
        for conversion in self.counted:
            journey = self.journeys[conversion.id]
            if journey:
                winner = journey[self.credits[conversion.id]["single_win"].index(Decimal(1))]
                rows.append(
                    {
                        "conversion_id": conversion.id,
                        "winning_touch_id": winner.id,
                        "winning_campaign_id": self.campaign(winner),
                        "criterion": self.reference.settings.criterion,
                        "conversion_value": self.values[conversion.id],
                        "competing_campaigns": len({self.campaign(touch) for touch in journey}),
                    }
                )
        return rows

    @cached_property
    def fct_costs(self) -> Table:
        rows: Table = [
            {
                "cost_id": f"touch|{touch.id}",
                "touch_id": touch.id,
                "campaign_id": self.campaign(touch),
                "channel": touch.channel,
                "touch_sequence": touch.sequence,
                "incurred_at": self.touched(touch),
                "cost": self.touch_costs[touch.id],
            }
            for touch in self.touches
            if touch.id in self.touch_costs
        ]
        touched = {self.campaign(touch) for touch in self.touches}
        by_day: dict[tuple[str, date], Decimal] = defaultdict(Decimal)
        for row in self.costs:
            if row["campaign_id"] not in touched and row["cost"] is not None:
                by_day[row["campaign_id"], row["cost_date"]] += row["cost"]
        return rows + [
            {
                "cost_id": f"campaign|{campaign}|{day}",
                "touch_id": None,
                "campaign_id": campaign,
                "channel": None,
                "touch_sequence": None,
                "incurred_at": datetime(day.year, day.month, day.day),
                "cost": cost,
            }
            for (campaign, day), cost in by_day.items()
        ]
