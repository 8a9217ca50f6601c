"""What the questions of one reading share: the warehouse, the models, which campaigns and types are told apart."""

from __future__ import annotations

from typing import Any

from common.warehouse import Warehouse
from dashboard import limits
from dashboard.cubes import Names
from dashboard.questions import Fold, Marts


class Scope:
    """One reading of the marts. ``settings`` are the vars of the last finished build."""

    def __init__(self, warehouse: Warehouse, settings: dict[str, Any]) -> None:
        self.warehouse, self.settings = warehouse, settings
        self.models = warehouse.query(
            "select attribution_model as id, label, description, is_exported"
            " from marts.dim_attribution_models order by display_order"
        )
        self.exported: str = settings["exported_model"]
        self.marts = Marts(tuple(model["id"] for model in self.models), settings["reporting_timezone"])
        self.campaigns_folded = 0
        self.campaigns, self.types = Names(), Names()
        self.campaign = Fold("campaign_id", self._first_campaigns())
        self.type = Fold("conversion_type", self._first_types())
        self.names = {"campaign": self.campaigns, "type": self.types}
        self.sums = {"credit": ("d", len(self.models)), "cents": ("d", len(self.models))}

    def first(self, rows: str, count: int) -> tuple[str, ...] | None:
        """The ``count`` values of ``entity`` with the most ``weight``; None where there are no more than that."""
        found = self.warehouse.query(
            f"select entity from ({rows}) as weighed group by entity order by sum(weight) desc, entity"
            f" limit {count + 1}"
        )
        return tuple(row["entity"] for row in found[:count]) if len(found) > count else None

    def named(self, names: Names, dimension: str, key: str, name: str) -> list[dict[str, str]]:
        """Id and name of each number of ``names``; the id where the dimension has no name."""
        found = self.warehouse.query(f"select {key} as id, {name} as name from marts.{dimension}")
        name_of = {row["id"]: row["name"] for row in found}
        return [{"id": value, "name": name_of.get(value) or value} for value in names.values]

    def _first_types(self) -> tuple[str, ...] | None:
        conversions = f"({self.marts.conversions}) as conversions"
        return self.first(f"select conversion_type as entity, 1 as weight from {conversions}", limits.CONVERSION_TYPES)

    def _first_campaigns(self) -> tuple[str, ...] | None:
        """By value, credit, cost, then touches; None where all of them fit."""
        ranked = self.warehouse.query(
            f"""
            with credits as (
                select campaign_id, sum({self.exported}_value) as value, sum({self.exported}_credit) as credit
                from marts.fct_attribution group by campaign_id
            ),
            costs as (
                select campaign_id, sum(cost_reporting) as cost
                from intermediate.int_campaign_costs_reporting group by campaign_id
            ),
            touches as (select campaign_id, count(*) as touches from marts.fct_touches group by campaign_id),
            ids as (
                select campaign_id from credits union select campaign_id from costs
                union select campaign_id from touches
            )
            select ids.campaign_id
            from ids
            left join credits on ids.campaign_id = credits.campaign_id
            left join costs on ids.campaign_id = costs.campaign_id
            left join touches on ids.campaign_id = touches.campaign_id
            order by
                coalesce(value, 0) desc, coalesce(credit, 0) desc, coalesce(cost, 0) desc,
                coalesce(touches, 0) desc, ids.campaign_id
            """
        )
        self.campaigns_folded = max(0, len(ranked) - limits.CAMPAIGNS)
        kept = tuple(row["campaign_id"] for row in ranked[: limits.CAMPAIGNS])
        return kept if self.campaigns_folded else None
