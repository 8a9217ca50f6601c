"""A touch and what it serves as a report."""

from __future__ import annotations

from typing import Any

from explain.models import MODELS
from explain.report import Report, Table, all_models, at, money, span, value_of, warn

SHOWN = 100
# What a reader wants to know of a touch, in this order, by the marts' own names.
FACTS = (
    "campaign_id",
    "touch_sequence",
    "channel",
    "is_connected",
    "agent_id",
    "queue_id",
    "ivr_node_id",
    "disposition_code",
    "lead_source",
    "handle_seconds",
    "cost",
)


def touch_report(found: dict[str, Any]) -> Report:
    """What ``touch.service`` found, in a reader's order: the touch, the conversions that it serves, the rest."""
    touch, settings = found["touch"], found["settings"]
    currency = settings["reporting_currency"]
    report = Report(f"Touch {touch['touch_id']} ({touch['source']})")
    report.facts = [
        ("person_key", touch["person_key"]),
        ("lead", touch["lead_id"] or "none"),
        ("started_at", f"{at(touch['started_at'])} UTC" if touch["started_at"] else "not known"),
        ("touched_at", f"{at(touch['touched_at'])} UTC"),
        ("campaign", touch["campaign_name"] or touch["campaign_id"]),
        *((name, _fact(touch[name], touch["names"].get(name))) for name in FACTS if touch[name] is not None),
    ]
    if len(touch["agents"]) > 1:
        agents = ", ".join(f"{agent['agent_id']} {agent['share']:.0%}" for agent in touch["agents"])
        report.facts.append(("agents by time", agents))
    if touch["identity"]:
        report.facts.append(("identity", f"The touch {touch['identity']['words']}."))
    report.facts += [
        ("finding", f"{finding['finding']} ({finding['severity']}): {finding['detail']}")
        for finding in touch["findings"]
    ]
    warn(report, found["check"])
    if found["conversions"]:
        report.blocks += [
            _conversions(found["conversions"], settings),
            all_models(
                f"Credit by every model, and value in {currency}",
                "conversion",
                [
                    *((row["conversion_id"], row, row["is_single_win"]) for row in found["conversions"][:SHOWN]),
                    ("in all", _totals(found["totals"]), True),
                ],
            ),
        ]
    else:
        report.blocks.append("No conversion is served by this touch, so it has no credit.")
    if found["write_back"]:
        report.blocks.append(f"Write-back: {found['write_back']['words']}.")
    elif touch["source"] != "genesys":
        report.blocks.append("Write-back: none, since it is no conversation of Genesys Cloud.")
    if found["not_served"]:
        report.blocks.append(_not_served(found["not_served"]))
    return report


def _fact(value: object, name: str | None) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{name} ({value})" if name else str(value)


def _conversions(rows: list[dict[str, Any]], settings: dict[str, Any]) -> Table:
    table = Table(
        f"Conversions that it serves: its credit by {settings['exported_model']}",
        ("conversion", "converted at (UTC)", "worth", "touch", "Δt", "weight", "credit", "value", "win"),
        right=("worth", "touch", "Δt", "weight", "credit", "value"),
    )
    for row in rows[:SHOWN]:
        table.add(
            row["conversion_id"],
            at(row["converted_at"]),
            value_of(row, settings["reporting_currency"]),
            f"{row['position']} of {row['journey_length']}",
            span(row["hours_to_conversion"]),
            f"{row['channel_weight']:g}",
            f"{row['credit']:.4f}",
            money(row["value"]),
            "*" if row["is_single_win"] else "",
            strong=row["is_single_win"],
            share=row["credit"],
        )
    if len(rows) > SHOWN:
        table.rest = f"and {len(rows) - SHOWN} more; --json lists all."
    return table


def _totals(totals: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """The sums in the shape of a conversion's row."""
    return {
        "credits": {model: totals[model]["credit"] for model in MODELS},
        "values": {model: totals[model]["value"] for model in MODELS},
    }


def _not_served(rows: list[dict[str, Any]]) -> Table:
    table = Table(
        "Conversions of the same person that it does not serve",
        ("conversion", "converted at (UTC)", "value", "why"),
        right=("value",),
    )
    for row in rows[:SHOWN]:
        table.add(
            row["conversion_id"], at(row["converted_at"]), money(row["conversion_value_reporting"]), row["reason"]
        )
    if len(rows) > SHOWN:
        table.rest = f"and {len(rows) - SHOWN} more; --json lists all."
    return table
