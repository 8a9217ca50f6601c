"""The one read of the marts: everything that the page shows, as sums. No person is in it, and no row of a fact."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from common.warehouse import Warehouse
from dashboard import limits
from dashboard.dialect import local_day
from dashboard.findings import meaning_and_remedy
from dashboard.main_cubes import main_cubes
from dashboard.scope import Scope
from dashboard.side_cubes import side_cubes

# Settings that change what the figures mean, shown at the foot of the page.
SHOWN_SETTINGS = (
    "sources", "touch_anchor", "lookback_window_days", "decay_rate", "decay_time_unit", "decay_half_life",
    "timestamp_granularity", "crm_timezone", "date_only_convention", "single_win_criterion", "position_based_weights",
    "connected_touches_only", "journey_starts_after_previous_conversion", "handling_cost_per_hour",
    "reporting_currency", "reporting_timezone", "exported_model",
)  # fmt: skip


def read(warehouse: Warehouse, settings: dict[str, Any], freshness: list[dict[str, Any]]) -> dict[str, Any]:
    """What the page holds, ready for JSON.

    ``settings``: the vars of the last finished build. ``freshness``: one dict per source with ``source``,
    ``loaded_at`` (text or None), ``age`` (text or None) and ``is_late``.
    """
    scope = Scope(warehouse, settings)
    cubes, grain = main_cubes(scope)
    cubes |= side_cubes(scope)
    undated = _undated_costs(scope)
    built = warehouse.query("select max(finished_at) as finished_at from build_log.builds")[0]["finished_at"]
    return {
        "models": scope.models,
        "exported_model": scope.exported,
        "currency": settings["reporting_currency"],
        "timezone": settings["reporting_timezone"],
        "grain": grain,
        "days": _days(scope),
        "campaigns": scope.named(scope.campaigns, "dim_campaigns", "campaign_id", "campaign_name"),
        "campaigns_folded": scope.campaigns_folded,
        "types": scope.types.values,
        "types_folded": scope.type.kept is not None,
        "cubes": cubes,
        "undated_costs": undated,
        "findings": _findings(scope),
        "freshness": freshness,
        "built_at": f"{built:%Y-%m-%d %H:%M} UTC" if built else None,
        "written_at": f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
        "settings": {name: settings.get(name) for name in SHOWN_SETTINGS},
        "limits": {"campaigns": limits.CAMPAIGNS, "cells": limits.MAIN_CELLS},
    }


def _days(scope: Scope) -> dict[str, str] | None:
    """First and last day that anything is of; None where there is nothing."""
    touch_day = local_day("touched_at", scope.settings["reporting_timezone"])
    found = scope.warehouse.query(
        f"""
        select min(first_day) as first_day, max(last_day) as last_day from (
            select min(day) as first_day, max(day) as last_day from ({scope.marts.conversions}) as conversions
            union all
            select min({touch_day}), max({touch_day}) from marts.fct_touches
            union all
            select min(cost_date), max(cost_date) from intermediate.int_campaign_costs_reporting
            where cost_reporting is not null
        ) as ends
        """
    )[0]
    if found["first_day"] is None:
        return None
    return {"first": _iso(found["first_day"]), "last": _iso(found["last_day"])}


def _undated_costs(scope: Scope) -> list[list[int]]:
    """Costs that are of no day: [campaign's number, ten-thousandths] for each campaign that has any."""
    found = scope.warehouse.execute(
        f"select {scope.campaign.sql} as campaign, cast(sum(cost_reporting) * 10000 as bigint)"
        " from intermediate.int_campaign_costs_reporting"
        " where cost_date is null and cost_reporting is not null group by 1 order by 1",
        scope.campaign.parameters,
    ).fetchall()
    return [[scope.campaigns.place(campaign), int(cost)] for campaign, cost in found]


def _findings(scope: Scope) -> list[dict[str, Any]]:
    """How often each finding was made, the money on it, and what to do; the worst first."""
    found = scope.warehouse.query(
        """
        select finding, severity, count(*) as findings, cast(sum(value_at_stake) * 100 as bigint) as cents
        from reports.rpt_data_quality
        group by finding, severity
        order by
            case severity when 'error' then 0 when 'warn' then 1 else 2 end,
            coalesce(sum(value_at_stake), 0) desc, count(*) desc, finding
        """
    )
    return [{**row, "texts": meaning_and_remedy(row["finding"], scope.settings["sources"])} for row in found]


def _iso(day: date) -> str:
    return date.fromordinal(day.toordinal()).isoformat()
