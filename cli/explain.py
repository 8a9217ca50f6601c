"""`attribution explain`: one conversion's journey, and why each touch has the credit that it has."""

from __future__ import annotations

import json
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import typer

from cli import terminal
from cli.journey import journey
from common.warehouse import connect

SHOWN_LEFT_OUT = 30


def explain(
    conversion_id: str = typer.Argument(metavar="CONVERSION_ID", help="conversion_id, as in marts.fct_conversions."),
    as_json: bool = typer.Option(False, "--json", help="The same for programs."),
) -> None:
    """Show why each touch of a conversion has its credit.

    The journey as a table: every touch, its decay, weight, credit and value, why the winner won, and which touches
    of the same person were left out, by which rule. The settings are those of the last finished build.

    **Example**

      attribution explain 0065g00000DmQzTAAV
    """
    with connect(read_only=True) as warehouse:
        found = journey(warehouse, conversion_id)
    if as_json:
        print(json.dumps(found, default=plain, indent=2))
    else:
        show(found)


def plain(value: Any) -> Any:
    """Values that JSON does not have: instants (UTC) as ISO 8601, decimals as text so that no cent is lost."""
    if isinstance(value, datetime):
        return value.isoformat() + ("Z" if value.tzinfo is None else "")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    raise TypeError(f"{type(value).__name__} has no JSON form")


def show(found: dict[str, Any]) -> None:
    """The journey as a reader wants it: what was converted, the touches, the winner, what was left out."""
    conversion, settings = found["conversion"], found["settings"]
    terminal.say(f"Conversion {conversion['conversion_id']} ({conversion['source']})", "bold")
    terminal.say(f"  person_key    {conversion['person_key']}")
    terminal.say(f"  lead          {conversion['lead_id'] or 'none'}")
    date_only = " (the CRM gave the date alone)" if conversion["is_date_only"] else ""
    terminal.say(f"  converted_at  {at(conversion['converted_at'])} UTC{date_only}")
    terminal.say(f"  value         {value_of(conversion, settings['reporting_currency'])}")
    terminal.say()
    if found["touches"]:
        show_touches(found["touches"], settings)
    else:
        terminal.say("No touch qualifies for this conversion, so nobody gets credit for it.")
    if found["single_win"]:
        terminal.say(found["single_win"]["why"])
    sent = sum(touch["written_back"] for touch in found["touches"])
    if sent:
        terminal.say(f"Credit of {sent} of these touches stands in the Genesys Cloud org.")
    if found["left_out"]:
        terminal.say()
        show_left_out(found["left_out"])


def show_touches(touches: list[dict[str, Any]], settings: dict[str, Any]) -> None:
    """One row per qualifying touch, oldest first."""
    rate = (
        f"half-life {settings['decay_half_life']:g} {settings['decay_time_unit']}s"
        if settings["decay_half_life"]
        else f"λ {settings['decay_rate']:g} per {settings['decay_time_unit']}"
    )
    grid = terminal.table(
        f"Credit by {settings['exported_model']} ({rate})",
        "#", "touched at (UTC)", "campaign", "channel", "seq", "Δt", "decay", "weight", "credit", "value", "win",
        right=("#", "seq", "Δt", "decay", "weight", "credit", "value"),
    )  # fmt: skip
    for touch in touches:
        terminal.add(
            grid,
            touch["position"],
            at(touch["touched_at"]),
            touch["campaign_name"] or touch["campaign_id"],
            touch["channel"],
            touch["touch_sequence"],
            span(touch["hours_to_conversion"]),
            f"{touch['decay']:.4g}",
            f"{touch['channel_weight']:g}",
            f"{touch['credit']:.4f}",
            None if touch["value"] is None else f"{touch['value']:,.2f}",
            "*" if touch["is_single_win"] else "",
            style="bold" if touch["is_single_win"] else None,
        )
    terminal.out().print(grid)


def show_left_out(rows: list[dict[str, Any]]) -> None:
    """One row per touch of the same person that earned nothing here, and the rule that says so."""
    grid = terminal.table(
        "Touches of the same person that get no credit here", "touched at (UTC)", "campaign", "channel", "seq", "why",
        right=("seq",),
    )  # fmt: skip
    for row in rows[:SHOWN_LEFT_OUT]:
        terminal.add(
            grid,
            at(row["touched_at"]),
            row["campaign_name"] or row["campaign_id"],
            row["channel"],
            row["touch_sequence"],
            row["reason"],
        )
    terminal.out().print(grid)
    if len(rows) > SHOWN_LEFT_OUT:
        terminal.say(f"and {len(rows) - SHOWN_LEFT_OUT} more; --json lists all.")


def at(instant: datetime) -> str:
    """An instant to the second."""
    return f"{instant:%Y-%m-%d %H:%M:%S}"


def span(hours: float) -> str:
    """Δt: hours below two days, else days."""
    return f"{hours:.1f} h" if hours < 48 else f"{hours / 24:.1f} d"


def value_of(conversion: dict[str, Any], reporting_currency: str) -> str:
    """The value as the CRM has it, and in the reporting currency where that differs."""
    value, reporting = conversion["conversion_value"], conversion["conversion_value_reporting"]
    if value is None:
        return "none"
    own = f"{value:,.2f} {conversion['currency'] or reporting_currency}"
    if reporting is None:
        return f"{own}, for which there is no rate to {reporting_currency}"
    return (
        own
        if conversion["currency"] in (None, reporting_currency)
        else f"{own} = {reporting:,.2f} {reporting_currency}"
    )
