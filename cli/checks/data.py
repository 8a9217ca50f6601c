"""What the last finished build says of the data: what is missing from it, and what that costs."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from cli.checks.check import Check, ok, warn
from common.warehouse import Warehouse
from common.words import number

WEEK, QUARTER = timedelta(days=7), timedelta(days=90)
# The share of touches without a campaign from which on somebody should look.
UNTAGGED_WARN = 0.05
# So many names are said of a longer list.
NAMED = 5


def checks(warehouse: Warehouse, variables: dict[str, Any]) -> Iterator[Check]:
    """Campaigns, codes, costs and rates; nothing where no build has finished."""
    if "genesys" in variables["sources"] and warehouse.exists("intermediate", "int_genesys__touches"):
        yield untagged_check(warehouse)
    if warehouse.exists("marts", "dim_dispositions"):
        yield codes_check(warehouse)
    if warehouse.exists("marts", "fct_touches"):
        yield costs_check(warehouse)
    if warehouse.exists("marts", "fct_conversions"):
        yield rates_check(warehouse, str(variables.get("reporting_currency")))


def untagged_check(warehouse: Warehouse) -> Check:
    """The share of Genesys touches without a campaign in the last 7 days; provisional ones are not judged yet."""
    name = "Conversations without a campaign, last 7 days"
    [row] = warehouse.query(
        "select count(*) as touches, count(case when campaign_id = '(untagged)' then 1 end) as untagged"
        " from intermediate.int_genesys__touches where ended_at >= ? and not coalesce(is_provisional, false)",
        [_ago(WEEK)],
    )
    if not row["touches"]:
        return ok(name, "no touches in these days")
    share = row["untagged"] / row["touches"]
    said = f"{row['untagged']:,} of {row['touches']:,} ({share:.1%})"
    if share > UNTAGGED_WARN:
        return warn(
            name,
            f"{said}: their credit goes to no campaign",
            "docs/instrumentation.md says where the attribute is lost; the finding untagged_touch names each.",
        )
    return ok(name, said)


def codes_check(warehouse: Warehouse) -> Check:
    """Wrap-up codes in use that no rule of disposition_rules matches."""
    name = "Wrap-up codes without a rule"
    rows = warehouse.query(
        "select dispositions.disposition_name as name, count(*) as touches from marts.fct_touches as touches"
        " inner join marts.dim_dispositions as dispositions"
        " on touches.disposition_code = dispositions.disposition_code"
        " where dispositions.disposition_group = '(no rule)' group by dispositions.disposition_name"
        " order by touches desc, name"
    )
    if not rows:
        return ok(name, "every code in use has one")
    touches = number(sum(row["touches"] for row in rows), "touch")
    return warn(
        name,
        f"{len(rows)} ({_named([row['name'] for row in rows])}) on {touches}:"
        " whether a person was reached is guessed from who talked",
        "Add a row for each to seeds/disposition_rules.csv, then `dbt build`.",
    )


def costs_check(warehouse: Warehouse) -> Check:
    """Campaigns that touched somebody in the last 90 days and have no cost."""
    name = "Campaigns without a cost"
    rows = warehouse.query(
        "select coalesce(max(campaign_name), campaign_id) as name from marts.fct_touches"
        " where touched_at >= ? and campaign_id <> '(untagged)' and campaign_id not in"
        " (select campaign_id from intermediate.int_campaign_costs_reporting where cost is not null)"
        " group by campaign_id having max(cost) is null order by name",
        [_ago(QUARTER)],
    )
    if not rows:
        return ok(name, "every campaign of the last 90 days has one")
    return warn(
        name,
        f"{len(rows)} of the last 90 days ({_named([row['name'] for row in rows])}): no ROI, no cost per conversion",
        "Fill ActualCost in the CRM, or add rows to seeds/campaign_costs.csv.",
    )


def rates_check(warehouse: Warehouse, currency: str) -> Check:
    """Currencies of conversions and costs that no rate turns into the reporting currency."""
    name = f"Exchange rates to {currency}"
    rows = warehouse.query(
        "select currency, sum(conversions) as conversions, sum(costs) as costs from ("
        " select currency, count(*) as conversions, 0 as costs from marts.fct_conversions"
        " where conversion_value is not null and conversion_value_reporting is null group by currency"
        " union all select currency, 0 as conversions, count(*) as costs"
        " from intermediate.int_campaign_costs_reporting"
        " where cost is not null and cost_reporting is null group by currency"
        ") as lacking group by currency order by currency"
    )
    if not rows:
        return ok(name, "none is missing")
    said = ", ".join(
        f"{row['currency']} ({number(row['conversions'], 'conversion')}, {number(row['costs'], 'cost')})"
        for row in rows
    )
    return warn(
        name,
        f"missing from {said}: these values count nowhere",
        "Add rows to seeds/exchange_rates.csv, dated at or before the first of them.",
    )


def _ago(length: timedelta) -> datetime:
    return (datetime.now(UTC) - length).replace(tzinfo=None)


def _named(names: list[str]) -> str:
    """The first few of a list."""
    return ", ".join(names[:NAMED]) + (", ..." if len(names) > NAMED else "")
