"""The reports and the export as the rules of design have them, computed from the statement of the marts."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from functools import cached_property
from itertools import pairwise

from statement import MODELS, Row, Table, cents, total
from statement_facts import Facts


def roi(value: Decimal | None, cost: Decimal | None) -> float | None:
    """(value - cost) / cost; None without a value or a cost."""
    return None if value is None or not cost else float((value - cost) / cost)


def parts(value: Decimal | None, shares: list[float]) -> list[Decimal | None]:
    """``value`` by shares, in cents: differences of rounded running totals."""
    if value is None:
        return [None] * len(shares)
    exact = [Decimal(share).quantize(Decimal("1e-15"), ROUND_HALF_UP) for share in shares]
    so_far = [sum(exact[:n], Decimal(0)) for n in range(len(exact) + 1)]
    rounded = [cents(cents(value * each / so_far[-1], "1e-8")) for each in so_far]
    return [after - before for before, after in pairwise(rounded)]


def as_sent(value: object) -> str:
    """Credit at 9 decimals, money in cents, nothing for nothing."""
    if value is None:
        return ""
    return f"{value:.9f}" if isinstance(value, float) else f"{value:.2f}" if isinstance(value, Decimal) else str(value)


class Reports(Facts):
    """Reports and export of one world."""

    @cached_property
    def of_touch(self) -> dict[tuple[str, str], Row]:
        """(touch, model) → its credit and value over all conversions, how many, and the last."""
        groups: dict[tuple[str, str], Table] = defaultdict(list)
        for row in self.fct_attribution_credit:
            groups[row["touch_id"], row["attribution_model"]].append(row)
        return {
            key: {
                "credit": sum(row["credit"] for row in rows),
                "attributed_value": total([row["attributed_value"] for row in rows]),
                "conversion_count": len(rows),
                "last_converted_at": max(row["converted_at"] for row in rows),
            }
            for key, rows in groups.items()
        }

    @cached_property
    def dim_attribution_models(self) -> Table:
        model = self.world.vars.exported_model
        return [
            {"attribution_model": each, "display_order": place, "is_exported": each == model}
            for place, each in enumerate(MODELS, 1)
        ]

    @cached_property
    def dim_days(self) -> Table:
        """Whole years from the first instant of a touch, a conversion or a cost to the last."""
        years = {row["touched_at"].year for row in self.fct_touches}
        years |= {row["converted_at"].year for row in self.fct_conversions}
        years |= {row["incurred_at"].year for row in self.fct_costs}
        if not years:
            return []
        first, last = date(min(years), 1, 1), date(max(years), 12, 31)
        return [{"date_day": first + timedelta(days=n)} for n in range((last - first).days + 1)]

    @cached_property
    def rpt_campaign_touch_sequence(self) -> Table:
        groups: dict[tuple[str, int | None, str], list[str]] = defaultdict(list)
        for touch in self.touches:
            groups[self.campaign(touch), touch.sequence, touch.disposition or "(none)"].append(touch.id)
        names = {row["campaign_id"]: row["campaign_name"] for row in self.dim_campaigns}
        codes = {row["disposition_code"]: row for row in self.dim_dispositions}
        rows = []
        for (campaign, sequence, code), touches in groups.items():
            cost = total([self.touch_costs.get(touch) for touch in touches])
            for model in MODELS:
                credited = [self.of_touch[touch, model] for touch in touches if (touch, model) in self.of_touch]
                value = total([row["attributed_value"] for row in credited]) if credited else Decimal(0)
                rows.append(
                    {
                        "attribution_model": model,
                        "campaign_id": campaign,
                        "campaign_name": names[campaign],
                        "touch_sequence": sequence,
                        "disposition_code": code,
                        "disposition_name": codes[code]["disposition_name"],
                        "disposition_group": codes[code]["disposition_group"],
                        "touch_count": len(touches),
                        "credited_touch_count": len(credited),
                        "credit": float(sum(row["credit"] for row in credited)),
                        "attributed_value": value,
                        "cost": None if cost is None else cents(cost),
                        "roi": roi(value, cost),
                    }
                )
        return rows

    @cached_property
    def rpt_campaign_roi(self) -> Table:
        touches: dict[str, int] = defaultdict(int)
        costs: dict[str, list[Decimal]] = defaultdict(list)
        for touch in self.touches:
            touches[self.campaign(touch)] += 1
            if (own := self.own_cost(touch)) is not None:
                costs[self.campaign(touch)].append(own)
        for row in self.costs:
            if row["cost"] is not None:
                costs[row["campaign_id"]].append(row["cost"])
        earned: dict[tuple[str, str], Table] = defaultdict(list)
        for row in self.fct_attribution_credit:
            if row["credit"] > 0:
                earned[row["attribution_model"], row["campaign_id"]].append(row)
        without = [self.values[c.id] for c in self.counted if not self.journeys[c.id]]
        rows = []
        for model in MODELS:
            for campaign in self.dim_campaigns:
                id = campaign["campaign_id"]
                credits = earned.get((model, id), [])
                if not (touches.get(id) or credits or costs.get(id)):
                    continue
                value = total([row["attributed_value"] for row in credits]) if credits else Decimal(0)
                cost = sum(costs[id], Decimal(0)) if costs.get(id) else None
                # What rounds to nothing in 15 decimals is no credit to divide by.
                credit = float(sum(round(Decimal(row["credit"]), 15) for row in credits))
                rows.append(
                    {
                        "attribution_model": model,
                        "campaign_id": id,
                        "campaign_name": campaign["campaign_name"],
                        "touch_count": touches.get(id, 0),
                        "conversion_count": len({row["conversion_id"] for row in credits}),
                        "credit": credit,
                        "attributed_value": value,
                        "cost": None if cost is None else cents(cost),
                        "roi": roi(value, cost),
                        "cost_per_conversion": float(cost) / credit if cost is not None and credit else None,
                    }
                )
            rows.append(
                {
                    "attribution_model": model,
                    "campaign_id": "(unattributed)",
                    "campaign_name": "(unattributed)",
                    "touch_count": 0,
                    "conversion_count": len(without),
                    "credit": float(len(without)),
                    "attributed_value": total(without) if without else Decimal(0),
                    "cost": None,
                    "roi": None,
                    "cost_per_conversion": None,
                }
            )
        return rows

    def _by_share(self, bridge: Table, noun: str, names: dict[str, str]) -> Table:
        """Credit of touches by those who share in them."""
        sharing: dict[str, Table] = defaultdict(list)
        for row in sorted(bridge, key=lambda row: row[f"{noun}_id"]):
            sharing[row["touch_id"]].append(row)
        groups: dict[tuple[str, str], Table] = defaultdict(list)
        for (touch, model), earned in self.of_touch.items():
            values = parts(earned["attributed_value"], [row["share"] for row in sharing[touch]])
            for row, value in zip(sharing[touch], values, strict=True):
                part = {"credit": earned["credit"] * row["share"], "attributed_value": value}
                groups[model, row[f"{noun}_id"]].append(part)
        return [
            {
                "attribution_model": model,
                f"{noun}_id": id,
                f"{noun}_name": names[id],
                "credited_touch_count": len(rows),
                "credit": sum(row["credit"] for row in rows),
                "attributed_value": total([row["attributed_value"] for row in rows]),
            }
            for (model, id), rows in groups.items()
        ]

    @cached_property
    def rpt_agent_credit(self) -> Table:
        names = {row["agent_id"]: row["agent_name"] for row in self.dim_agents}
        return self._by_share(self.bridge_touch_agents, "agent", names)

    @cached_property
    def rpt_ivr_node_credit(self) -> Table:
        names = {row["ivr_node_id"]: row["ivr_node_name"] for row in self.dim_ivr_nodes}
        return self._by_share(self.bridge_touch_ivr_nodes, "ivr_node", names)

    @cached_property
    def rpt_disposition_credit(self) -> Table:
        codes = {row["disposition_code"]: row for row in self.dim_dispositions}
        of_touches = {touch.id: touch.disposition or "(none)" for touch in self.touches}
        groups: dict[tuple[str, str], Table] = defaultdict(list)
        for (touch, model), earned in self.of_touch.items():
            groups[model, of_touches[touch]].append(earned)
        kept = ("disposition_name", "disposition_group", "is_contact")
        return [
            {
                "attribution_model": model,
                "disposition_code": code,
                **{name: codes[code][name] for name in kept},
                "credited_touch_count": len(rows),
                "credit": sum(row["credit"] for row in rows),
                "attributed_value": total([row["attributed_value"] for row in rows]),
            }
            for (model, code), rows in groups.items()
        ]

    def _steps(self, rows: Table) -> tuple[list[str], list[int]]:
        """The channels of a path, and the step of each of a conversion's ``rows``: 0 for what the path leaves out."""
        vars = self.world.vars.dbt
        shown = [
            row["channel"] not in vars.get("path_excluded_channels", [])
            and row["campaign_id"] not in vars.get("path_excluded_campaigns", [])
            for row in rows
        ]
        last = vars.get("path_last_touches", 100)
        shown = [is_shown and sum(shown[place:]) <= last for place, is_shown in enumerate(shown)]
        path: list[str] = []
        steps = []
        for row, is_shown in zip(rows, shown, strict=True):
            repeats = vars.get("path_without_repeats") and path and path[-1] == row["channel"]
            if is_shown and not repeats:
                path.append(row["channel"])
            steps.append(len(path) if is_shown else 0)
        return path, steps

    @cached_property
    def rpt_conversion_paths(self) -> Table:
        of_conversion: dict[str, Table] = defaultdict(list)
        for row in self.fct_attribution:
            of_conversion[row["conversion_id"]].append(row)
        groups: dict[tuple[tuple[str, ...], int], Table] = defaultdict(list)
        for rows in of_conversion.values():
            in_order = sorted(rows, key=lambda row: row["position"])
            path, steps = self._steps(in_order)
            for step, row in zip(steps, in_order, strict=True):
                groups[tuple(path), step].append(row)
        return [
            {
                "attribution_model": model,
                "path": " > ".join(path) or "(none)",
                "position": step,
                "channel": path[step - 1] if step else "(left out)",
                "path_length": len(path),
                "conversion_count": len({row["conversion_id"] for row in rows}),
                "credit": sum(row[f"{model}_credit"] for row in rows),
                "attributed_value": total([row[f"{model}_value"] for row in rows]),
                "average_hours_to_conversion": sum(row["hours_to_conversion"] for row in rows) / len(rows),
            }
            for (path, step), rows in groups.items()
            for model in MODELS
        ]

    @cached_property
    def export_genesys_attribution(self) -> Table:
        model = self.world.vars.exported_model
        rows = []
        for touch in self.touches:
            if touch.source != "genesys" or (touch.id, model) not in self.of_touch:
                continue
            earned, won = self.of_touch[touch.id, model], self.of_touch[touch.id, "single_win"]
            row = {
                "attribution_credit": float(earned["credit"]),
                "attributed_value": earned["attributed_value"],
                "attribution_model": model,
                "single_win_credit": float(won["credit"]),
                "campaign_id": self.campaign(touch),
                "touch_sequence": touch.sequence,
                "conversion_count": earned["conversion_count"],
            }
            text = "|".join(map(as_sent, row.values()))
            hashed = hashlib.sha256(text.encode()).hexdigest()
            last = earned["last_converted_at"]
            rows.append({"conversation_id": touch.id, **row, "last_converted_at": last, "row_hash": hashed})
        return rows
