"""A conversion's journey as a report."""

from __future__ import annotations

from typing import Any

from explain.conversion import rate_in_words
from explain.report import Report, Table, all_models, at, money, span, value_of, warn

SHOWN_LEFT_OUT = 30
# What a date without a time came from, by the conversion's source.
GIVERS = {"salesforce": "Salesforce", "dynamics": "Dynamics 365", "files": "the file", "webhook": "the event"}


def journey_report(found: dict[str, Any], shown_left_out: int = SHOWN_LEFT_OUT) -> Report:
    """What ``conversion.journey`` found, in a reader's order: what was converted, the touches, the winner, the rest."""
    conversion, settings, touches = found["conversion"], found["settings"], found["touches"]
    report = Report(f"Conversion {conversion['conversion_id']} ({conversion['source']})")
    date_only = ""
    if conversion["is_date_only"]:
        giver = GIVERS.get(conversion["source"], conversion["source"])
        instant = settings["date_only_convention"].replace("_", " ")
        date_only = f" ({giver} gave the date alone: {instant} in {settings['crm_timezone']})"
    report.facts = [
        ("person_key", conversion["person_key"]),
        ("lead", conversion["lead_id"] or "none"),
        ("converted_at", f"{at(conversion['converted_at'])} UTC{date_only}"),
        ("value", value_of(conversion, settings["reporting_currency"])),
    ]
    if conversion.get("conversion_type"):
        report.facts.append(("type", conversion["conversion_type"]))
    if conversion["identity"]:
        report.facts.append(("identity", f"The conversion {conversion['identity']['words']}."))
    warn(report, found["check"])
    if touches:
        report.blocks.append(_touches(touches, settings))
    else:
        report.blocks.append("No touch qualifies for this conversion, so nobody gets credit for it.")
    if found["single_win"]:
        report.blocks.append(found["single_win"]["why"])
    if touches:
        title = f"Credit by every model, and value in {settings['reporting_currency']}"
        rows = [(str(touch["position"]), touch, touch["is_single_win"]) for touch in touches]
        report.blocks.append(all_models(title, "#", rows))
    report.blocks += [block for block in (_identity(touches), *_written_back(touches)) if block]
    if found["left_out"]:
        report.blocks.append(_left_out(found["left_out"], shown_left_out))
    return report


def _touches(touches: list[dict[str, Any]], settings: dict[str, Any]) -> Table:
    """One row per qualifying touch, oldest first."""
    table = Table(
        f"Credit by {settings['exported_model']} ({rate_in_words(settings)})",
        ("#", "touched at (UTC)", "campaign", "channel", "seq", "Δt", "decay", "weight", "credit", "value", "win"),
        right=("#", "seq", "Δt", "decay", "weight", "credit", "value"),
    )
    for touch in touches:
        table.add(
            touch["position"],
            at(touch["touched_at"]),
            touch["campaign_name"] or touch["campaign_id"],
            touch["channel"],
            touch["touch_sequence"],
            span(touch["hours_to_conversion"]),
            f"{touch['decay']:.4g}",
            f"{touch['channel_weight']:g}",
            f"{touch['credit']:.4f}",
            money(touch["value"]),
            "*" if touch["is_single_win"] else "",
            strong=touch["is_single_win"],
            share=touch["credit"],
        )
    return table


def _identity(touches: list[dict[str, Any]]) -> Table | None:
    """How each touch came to this person."""
    told = [touch for touch in touches if touch["identity"]]
    table = Table("How the touches came to this person", ("#", "touch", "identity"), right=("#",))
    for touch in told:
        table.add(touch["position"], touch["touch_id"], touch["identity"]["words"])
    return table if told else None


def _written_back(touches: list[dict[str, Any]]) -> list[str | Table]:
    """What the write-back sent of these touches, and a sentence on how much of it stands in the org."""
    told = [touch for touch in touches if touch["write_back"]]
    if not told:
        return []
    table = Table(
        "What the write-back sent (a conversation carries the sum over all its conversions)",
        ("#", "conversation", "credit", "value", "single win", "conversions", "write-back"),
        right=("#", "credit", "value", "single win", "conversions"),
    )
    for touch in told:
        exported = touch["write_back"]["exported"] or {}
        table.add(
            touch["position"],
            touch["touch_id"],
            f"{exported['attribution_credit']:.4f}" if exported else "",
            money(exported.get("attributed_value")),
            f"{exported['single_win_credit']:g}" if exported else "",
            exported.get("conversion_count"),
            touch["write_back"]["words"],
        )
    standing = sum(touch["written_back"] for touch in touches)
    sentence = f"Credit of {standing} of these touches stands in the Genesys Cloud org."
    outdated = sum(touch["write_back"]["state"] == "outdated" for touch in told)
    if outdated:
        sentence += f" {outdated} of them with figures that have changed since."
    return [table, sentence]


def _left_out(rows: list[dict[str, Any]], shown: int) -> Table:
    """One row per touch that earned nothing here, and the rule that says so."""
    table = Table(
        "Touches that get no credit here", ("touched at (UTC)", "campaign", "channel", "seq", "why"), right=("seq",)
    )
    for row in rows[:shown]:
        table.add(
            at(row["touched_at"]),
            row["campaign_name"] or row["campaign_id"],
            row["channel"],
            row["touch_sequence"],
            row["reason"],
        )
    if len(rows) > shown:
        table.rest = f"and {len(rows) - shown} more; --json lists all."
    return table
