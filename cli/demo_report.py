"""What the demo ends with: which touch of which campaign earned what, the findings, and where to look next."""

from __future__ import annotations

import os
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cli import dbt, terminal, write_back
from cli.arguments import vars_option
from cli.grid import Grid
from common import settings
from common.dbt_vars import dbt_vars
from common.warehouse import Warehouse, connect

if TYPE_CHECKING:
    from write_back.run import WriteBackSummary


def show(
    written: WriteBackSummary, seconds: dict[str, float], total: float, variables: dict[str, Any], dashboard: Path
) -> None:
    """Everything, read from the warehouse that has just been built.

    ``seconds`` is the time of each step, ``dashboard`` the page that was written.
    """
    project = dbt_vars(variables)
    with connect(read_only=True) as warehouse:
        show_touch_sequence(warehouse, project)
        show_findings(warehouse)
        conversion_id = telling_conversion(warehouse)
    terminal.say()
    terminal.say(write_back.line(written), "bold")
    terminal.say()
    show_times(seconds, total)
    show_where_to_look(conversion_id, dashboard, variables)


def show_touch_sequence(warehouse: Warehouse, project: dict[str, Any]) -> None:
    """Campaigns by credited value, within each its touches in sequence, and at the end what no touch earned."""
    model, currency = project["exported_model"], project["reporting_currency"]
    campaigns = warehouse.query(
        """
        select campaign_id, campaign_name, touch_count, credit, coalesce(attributed_value, 0) as value, cost, roi
        from reports.rpt_campaign_roi
        where attribution_model = ?
        order by campaign_id = '(unattributed)', value desc, campaign_id
        """,
        [model],
    )
    sequences = warehouse.query(
        """
        select
            campaign_id, touch_sequence, sum(touch_count) as touch_count, sum(credit) as credit,
            coalesce(sum(attributed_value), 0) as value, sum(cost) as cost
        from reports.rpt_campaign_touch_sequence
        where attribution_model = ?
        group by campaign_id, touch_sequence
        order by campaign_id, touch_sequence nulls last
        """,
        [model],
    )
    numbers = ("touch", "touches", "credit", "value", "cost", "ROI")
    grid = Grid(
        f"Credited value by campaign and touch sequence ({model}, {currency})",
        ("campaign", *numbers),
        right=numbers,
        folds=("campaign",),
    )
    for campaign in campaigns:
        name = campaign["campaign_name"] or campaign["campaign_id"]
        add_row(grid, name, "all", campaign, campaign["roi"], style="bold")
        for touch in sequences:
            if touch["campaign_id"] == campaign["campaign_id"]:
                sequence = "none" if touch["touch_sequence"] is None else touch["touch_sequence"]
                cost = touch["cost"]
                add_row(grid, None, sequence, touch, (touch["value"] - cost) / cost if cost else None)
    terminal.say()
    terminal.show(grid)


def add_row(
    grid: Grid, campaign: str | None, touch: object, row: dict[str, Any], roi: Any, style: str | None = None
) -> None:
    """One row of the table above; an amount that is not known is an empty cell."""
    grid.add(
        campaign,
        touch,
        f"{row['touch_count']:,}",
        f"{row['credit']:,.2f}",
        f"{row['value']:,.2f}",
        None if row["cost"] is None else f"{row['cost']:,.2f}",
        None if roi is None else f"{float(roi):,.0%}",
        style=style,
    )


def show_findings(warehouse: Warehouse) -> None:
    """How often each finding was made."""
    grid = Grid("Findings in the data (reports.rpt_data_quality)", ("finding", "severity", "count"), right=("count",))
    for row in warehouse.query(
        """select finding, severity, count(*) as findings from reports.rpt_data_quality
           group by finding, severity order by findings desc, finding"""
    ):
        grid.add(row["finding"], row["severity"], f"{row['findings']:,}")
    terminal.say()
    terminal.show(grid)


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
    grid = Grid("Time", ("step", "seconds"), right=("seconds",))
    for name, took in seconds.items():
        grid.add(name, f"{took:.1f}")
    grid.add("in all", f"{total:.1f}", style="bold")
    terminal.show(grid)


def show_where_to_look(conversion_id: str | None, dashboard: Path, variables: dict[str, Any]) -> None:
    """Commands that go on from here, with the path of the warehouse where it is not the project's own."""
    own = os.environ.get("ATTRIBUTION_DUCKDB_PATH")
    where = f"ATTRIBUTION_DUCKDB_PATH={shlex.quote(own)} " if own else ""
    terminal.say()
    terminal.say("Where to look next", "bold")
    terminal.say(f"  {dashboard}")
    terminal.say(
        "      the dashboard: credit by campaign and touch sequence, return, models, paths with example journeys;"
        " open it in a browser"
    )
    if conversion_id:
        terminal.say(f"  {where}.venv/bin/attribution explain {conversion_id}")
        terminal.say("      one conversion's journey: each touch, its decay, weight and credit, and why the winner won")
    terminal.say(f"  {dbt.target_folder() / 'static_index.html'}")
    terminal.say("      every table and column, and the lineage from raw data to the write-back: open it in a browser")
    terminal.say(f"  {settings.duckdb_path()}")
    terminal.say("      the warehouse itself, a DuckDB file: schemas marts and reports")
    terminal.say(f"  {where}.venv/bin/dbt build {vars_option(variables)}")
    terminal.say("      builds again after a load or a change of a var, with the demo's settings")
    terminal.say("  README.md")
    terminal.say("      how to point it at your own Genesys Cloud and CRM")
