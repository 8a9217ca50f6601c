"""`attribution write-back`: the exported credit goes to Genesys Cloud."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from cli import terminal
from cli.grid import Grid
from common.attribution_attributes import ATTRIBUTION_KEYS
from common.errors import AttributionError

if TYPE_CHECKING:
    from write_back.records import Task
    from write_back.run import WriteBackSummary

SHOWN = 20
MODEL = ATTRIBUTION_KEYS["AttributionModel"]
# Head of a column: (the attribute that it shows, how its values are written).
HEADS = {
    "credit": ("AttributionCredit", ".4f"),
    "value": ("AttributionValue", ",.2f"),
    "win": ("AttributionSingleWin", "g"),
    "campaign": ("AttributionCampaignID", ""),
    "seq": ("AttributionTouchSequence", ""),
    "conversions": ("AttributionConversions", ""),
}


def write_back(
    dry_run: bool = typer.Option(
        False, "--dry-run", help="Say what would be sent and how long it would take; send nothing."
    ),
) -> None:
    """Send the credit that changed to Genesys Cloud.

    **Example**

      attribution write-back --dry-run
    """
    if dry_run:
        show_plan(send(dry_run=True))
    else:
        report(send())


def send(dry_run: bool = False) -> WriteBackSummary:
    """Write back, showing how far it is; returns the WriteBackSummary. What the org refused is in ``failures``."""
    from write_back.run import write_back as write

    with terminal.counter("write-back") as progress:
        return write(dry_run=dry_run, progress=progress)


def line(summary: WriteBackSummary) -> str:
    """What was done, in a line."""
    return (
        f"write-back: {summary.sent:,} sent, {summary.retracted:,} taken back, {summary.unchanged:,} unchanged, "
        f"{summary.failed:,} failed"
    )


def report(summary: WriteBackSummary) -> None:
    """Say what was sent; raises AttributionError where records were refused."""
    terminal.say(line(summary))
    check(summary)


def check(summary: WriteBackSummary) -> None:
    """Name the records that were refused and raise AttributionError, where there are any."""
    if summary.failed:
        for failure in summary.failures[:SHOWN]:
            terminal.say(f"  {failure.conversation_id}: {failure.error}", "red")
        raise AttributionError(
            f"Genesys Cloud did not take {summary.failed:,} records; the rest were sent.",
            "Mend what the reasons above name; the next `attribution write-back` sends these again.",
        )


def show_plan(summary: WriteBackSummary) -> None:
    """The first records that would be sent, how many there are of which kind, and how long it would take."""
    plan = summary.planned
    if plan.tasks:
        terminal.show(plan_grid(plan.tasks))
    terminal.say(
        f"{plan.new:,} new, {plan.changed:,} changed, {plan.retracted:,} to take back, {plan.unchanged:,} unchanged"
    )
    if summary.makes_schema:
        terminal.say("The org lacks the custom attributes schema; it would be made first.")
    terminal.say(
        f"About {minutes(summary.seconds)} at {summary.requests_per_minute:,} requests a minute. Nothing was sent."
    )


def plan_grid(tasks: list[Task]) -> Grid:
    """The first of these tasks, a row each. The model is the same in all, so the title names it."""
    model = next((task.attributes[MODEL] for task in tasks if MODEL in task.attributes), None)
    grid = Grid(
        f"What would be sent: {min(SHOWN, len(tasks))} of {len(tasks):,}" + (f" (credit by {model})" if model else ""),
        ("conversation", "", *HEADS),
        right=("credit", "value", "win", "seq", "conversions"),
        least_needed=("conversions", "seq", "campaign"),
    )
    for task in tasks[:SHOWN]:
        kind = "take back" if task.is_retraction else "new" if task.known_hash is None else "change"
        values = [(task.attributes.get(ATTRIBUTION_KEYS[title]), form) for title, form in HEADS.values()]
        grid.add(
            task.conversation_id, kind, *[None if value is None else format(value, form) for value, form in values]
        )
    return grid


def minutes(seconds: float) -> str:
    """A duration in words that suit its size."""
    return f"{seconds:.0f} seconds" if seconds < 100 else f"{seconds / 60:.0f} minutes"
