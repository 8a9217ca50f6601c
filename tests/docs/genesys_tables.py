"""The tables of docs/genesys_dashboard.md, from the demo's warehouse.

`.venv/bin/python tests/docs/genesys_tables.py` makes that warehouse and writes the tables into the page.
"""

from __future__ import annotations

import re
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2]))
sys.path.insert(0, str(Path(__file__).parents[1] / "semantic"))

from demo_warehouse import DemoWarehouse, demo_warehouse

from common.attribution_attributes import ATTRIBUTION_KEYS
from common.settings import PROJECT_DIR

PAGE = PROJECT_DIR / "docs" / "genesys_dashboard.md"
# Looks like a campaign to keep, and loses money from its third touch on; looks like one to stop, and earns with its
# first touch.
GOOD_IN_TOTAL, BAD_IN_TOTAL = "Upgrade Offer Calls", "Quote Follow-up Callbacks"

Row = dict[str, Any]


def sequences(demo: DemoWarehouse, campaign: str) -> list[Row]:
    """Touches, credit, value, cost and ROI of a campaign: all touches (``part`` 'all'), 1, 2, the rest, none known."""
    return demo.query(
        """
        with rows as (
            select
                case when touch_sequence >= 3 then '3 and later' else cast(touch_sequence as varchar) end as part,
                touch_count, credit, coalesce(attributed_value, 0) as attributed_value, cost
            from reports.rpt_campaign_touch_sequence
            where campaign_name = ?
                and attribution_model = (
                    select attribution_model from marts.dim_attribution_models where is_exported
                )
        ),

        parts as (
            select
                case when grouping(part) = 1 then 'all' else coalesce(part, 'not known') end as part,
                sum(touch_count) as touches,
                sum(credit) as credit,
                sum(attributed_value) as attributed_value,
                sum(cost) as cost,
                (sum(attributed_value) - sum(cost)) / sum(cost) as roi
            from rows
            group by rollup (part)
        )

        select * from parts
        order by part = 'all' desc, part = 'not known', part
        """,
        campaign,
    )


def the_trap(demo: DemoWarehouse) -> str:
    """Both campaigns, in total and by touch sequence."""
    lines = [
        "| Campaign | Touch | Touches | Credit | Value | Cost | ROI |",
        "|---|---|---:|---:|---:|---:|---:|",
    ]
    for campaign in (GOOD_IN_TOTAL, BAD_IN_TOTAL):
        for row in sequences(demo, campaign):
            total = row["part"] == "all"
            cells = [
                f"**{campaign}**" if total else "",
                "**all**" if total else row["part"],
                f"{row['touches']:,}",
                f"{row['credit']:,.2f}",
                f"{row['attributed_value']:,.2f}",
                f"{row['cost']:,.2f}",
                f"**{row['roi']:.0%}**",
            ]
            lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def the_conclusions(demo: DemoWarehouse) -> str:
    """What the total says of each campaign, and what the sequence says."""
    good = {row["part"]: row for row in sequences(demo, GOOD_IN_TOTAL)}
    bad = {row["part"]: row for row in sequences(demo, BAD_IN_TOTAL)}
    late, first = good["3 and later"], bad["1"]
    return "\n".join(
        [
            f"- **{GOOD_IN_TOTAL}** has an ROI of {good['all']['roi']:.0%} in total. From the third touch on, "
            f"{late['touches']:,} touches cost {late['cost']:,.2f} for an ROI of {late['roi']:.0%}: stop after the "
            "second.",
            f"- **{BAD_IN_TOTAL}** has an ROI of {bad['all']['roi']:.0%} in total. Its first touch has "
            f"{first['roi']:.0%}, its second {bad['2']['roi']:.0%}: keep the first, stop the others.",
        ]
    )


def in_genesys(demo: DemoWarehouse) -> str:
    """Sums of what was written back to the conversations of both campaigns, with the two commonest dispositions."""
    rows = demo.query(
        """
        with sent as (
            select
                campaigns.campaign_name,
                case
                    when exported.touch_sequence is null then 'not known'
                    when exported.touch_sequence >= 3 then '3 and later'
                    else cast(exported.touch_sequence as varchar)
                end as part,
                coalesce(dispositions.disposition_name, '(none)') as disposition_name,
                exported.attribution_credit,
                exported.single_win_credit
            from exports.export_genesys_attribution as exported
            inner join marts.fct_touches as touches on exported.conversation_id = touches.touch_id
            inner join marts.dim_campaigns as campaigns on exported.campaign_id = campaigns.campaign_id
            left join marts.dim_dispositions as dispositions
                on touches.disposition_code = dispositions.disposition_code
            where campaigns.campaign_name in (?, ?)
        ),

        by_disposition as (
            select campaign_name, part, disposition_name, count(*) as n, sum(attribution_credit) as credit
            from sent
            group by all
        )

        select
            sent.campaign_name,
            sent.part,
            count(*) as conversations,
            sum(sent.attribution_credit) as credit,
            sum(sent.single_win_credit) as single_wins,
            (
                select disposition_name || ' (' || printf('%.2f', credit) || ')'
                from by_disposition
                where by_disposition.campaign_name = sent.campaign_name and by_disposition.part = sent.part
                order by credit desc, disposition_name
                limit 1
            ) as best_disposition
        from sent
        group by sent.campaign_name, sent.part
        order by sent.campaign_name = ?, sent.campaign_name, sent.part = 'not known', sent.part
        """,
        GOOD_IN_TOTAL,
        BAD_IN_TOTAL,
        BAD_IN_TOTAL,
    )
    lines = [
        "| AttributionCampaignID (its name) | AttributionTouchSequence | Conversations "
        "| SUM of AttributionCredit | SUM of AttributionSingleWin | Disposition with most credit |",
        "|---|---|---:|---:|---:|---|",
    ]
    for campaign in (GOOD_IN_TOTAL, BAD_IN_TOTAL):
        own = [row for row in rows if row["campaign_name"] == campaign]
        total = [sum(row[column] for row in own) for column in ("conversations", "credit", "single_wins")]
        lines.append(f"| **{campaign}** | **all** | {total[0]:,} | **{total[1]:.2f}** | {total[2]:.0f} | |")
        for row in own:
            lines.append(
                f"| | {row['part']} | {row['conversations']:,} | {row['credit']:.2f} | {row['single_wins']:.0f} "
                f"| {row['best_disposition']} |"
            )
    return "\n".join(lines)


def keys(_: DemoWarehouse) -> str:
    """Titles and keys of the schema."""
    lines = ["| Title | Key |", "|---|---|"]
    lines += [f"| `{title}` | `{key}` |" for title, key in ATTRIBUTION_KEYS.items()]
    return "\n".join(lines)


# Name between the page's markers → what stands there.
TABLES: dict[str, Callable[[DemoWarehouse], str]] = {
    "the trap": the_trap,
    "the conclusions": the_conclusions,
    "in Genesys": in_genesys,
    "keys": keys,
}


def filled_in(page: str, demo: DemoWarehouse) -> str:
    """The page with every table made anew."""
    for name, make in TABLES.items():
        begin, end = f"<!-- begin: {name} -->", f"<!-- end: {name} -->"
        pattern = re.compile(f"{re.escape(begin)}.*?{re.escape(end)}", re.DOTALL)
        text = f"{begin}\n\n{make(demo)}\n\n{end}"
        page, found = pattern.subn(text.replace("\\", r"\\"), page)
        assert found == 1, f"{PAGE.name} has {begin} {found} times"
    return page


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        warehouse = demo_warehouse(Path(folder))
        PAGE.write_text(filled_in(PAGE.read_text(encoding="utf-8"), warehouse), encoding="utf-8")
