"""What the demo ends with: which touch of which campaign earned what, the findings, and where to look next."""

from __future__ import annotations

from typing import Any

from cli import terminal, write_back
from common import settings
from common.dbt_vars import dbt_vars
from common.warehouse import Warehouse, connect


def show(written: Any, seconds: dict[str, float], total: float, variables: dict[str, Any]) -> None:
    """Everything, read from the warehouse that has just been built; ``seconds`` is the time of each step."""
    project = dbt_vars(variables)
    with connect(read_only=True) as warehouse:
        show_touch_sequence(warehouse, project)
        show_findings(warehouse)
        conversion_id = telling_conversion(warehouse)
    terminal.say()
    terminal.say(write_back.line(written), "bold")
    terminal.say()
    show_times(seconds, total)
    show_where_to_look(conversion_id)


def show_touch_sequence(warehouse: Warehouse, project: dict[str, Any]) -> None:
    """Campaigns by credited value, and within each its touches in sequence."""
    model, currency = project["exported_model"], project["reporting_currency"]
    rows = warehouse.query(
        """
        select
            campaign_id, max(campaign_name) as campaign_name, touch_sequence, sum(touches) as touches,
            sum(credit) as credit, sum(attributed_value) as value
        from reports.rpt_campaign_touch_sequence
        where attribution_model = ?
        group by campaign_id, touch_sequence
        """,
        [model],
    )
    roi = {
        row["campaign_id"]: row
        for row in warehouse.query("select * from reports.rpt_campaign_roi where attribution_model = ?", [model])
    }
    by_campaign: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        by_campaign.setdefault(row["campaign_id"], []).append(row)

    def value(campaign_id: str) -> float:
        return sum(float(row["value"] or 0) for row in by_campaign[campaign_id])

    grid = terminal.table(
        f"Credited value by campaign and touch sequence ({model}, {currency})",
        "campaign", "touch", "touches", "credit", "value", "cost", "ROI",
        right=("touch", "touches", "credit", "value", "cost", "ROI"),
    )  # fmt: skip
    for campaign_id in sorted(by_campaign, key=lambda campaign: (-value(campaign), campaign)):
        of_campaign = by_campaign[campaign_id]
        cost, gain = (roi.get(campaign_id, {}).get(name) for name in ("cost", "roi"))
        terminal.add(
            grid,
            of_campaign[0]["campaign_name"] or campaign_id,
            "all",
            f"{sum(row['touches'] for row in of_campaign):,}",
            f"{sum(row['credit'] or 0 for row in of_campaign):,.2f}",
            f"{value(campaign_id):,.2f}",
            None if cost is None else f"{cost:,.2f}",
            None if gain is None else f"{float(gain):,.2f}",
            style="bold",
        )
        for row in sorted(of_campaign, key=lambda row: (row["touch_sequence"] is None, row["touch_sequence"])):
            terminal.add(
                grid,
                None,
                "none" if row["touch_sequence"] is None else row["touch_sequence"],
                f"{row['touches']:,}",
                f"{row['credit'] or 0:,.2f}",
                f"{float(row['value'] or 0):,.2f}",
            )
    terminal.say()
    terminal.out().print(grid)


def show_findings(warehouse: Warehouse) -> None:
    """How often each finding was made."""
    grid = terminal.table(
        "Findings in the data (reports.rpt_data_quality)", "finding", "severity", "count", right=("count",)
    )
    for row in warehouse.query(
        """select finding, severity, count(*) as findings from reports.rpt_data_quality
           group by finding, severity order by findings desc, finding"""
    ):
        terminal.add(grid, row["finding"], row["severity"], f"{row['findings']:,}")
    terminal.say()
    terminal.out().print(grid)


def telling_conversion(warehouse: Warehouse) -> str | None:
    """A conversion whose journey is worth a look: several touches, of more than one campaign and channel."""
    rows = warehouse.query(
        """
        select conversion_id
        from marts.fct_attribution
        group by conversion_id
        having count(*) between 3 and 8
        order by count(distinct campaign_id) desc, count(distinct channel) desc, count(*), conversion_id
        limit 1
        """
    )
    return rows[0]["conversion_id"] if rows else None


def show_times(seconds: dict[str, float], total: float) -> None:
    """Time per step."""
    grid = terminal.table("Time", "step", "seconds", right=("seconds",))
    for name, took in seconds.items():
        terminal.add(grid, name, f"{took:.1f}")
    terminal.add(grid, "in all", f"{total:.1f}", style="bold")
    terminal.out().print(grid)


def show_where_to_look(conversion_id: str | None) -> None:
    """Commands that go on from here."""
    from cli.demo import vars_option

    terminal.say()
    terminal.say("Where to look next", "bold")
    if conversion_id:
        terminal.say(f"  .venv/bin/attribution explain {conversion_id}")
        terminal.say("      one conversion's journey: each touch, its decay, weight and credit, and why the winner won")
    terminal.say(f"  {settings.PROJECT_DIR / 'target' / 'static_index.html'}")
    terminal.say("      every table and column, and the lineage from raw data to the write-back: open it in a browser")
    terminal.say(f"  {settings.duckdb_path()}")
    terminal.say("      the warehouse itself, a DuckDB file: schemas marts and reports")
    terminal.say(f"  .venv/bin/dbt build {vars_option()}")
    terminal.say("      builds again after a load or a change of a var, with the demo's settings")
    terminal.say("  README.md")
    terminal.say("      how to point it at your own Genesys Cloud and Salesforce")
