"""`attribution write-back`: the exported credit goes to Genesys Cloud."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import typer

from cli import terminal
from cli.arguments import instant
from cli.grid import Grid
from common.errors import AttributionError
from common.words import number

if TYPE_CHECKING:
    from write_back.records import Task
    from write_back.run import Estimate, WriteBackSummary

SHOWN = 20
# Head of a column: (the value that it shows, how it is written).
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
    since: str | None = typer.Option(
        None, help="Send only what earned from a conversion at or after this date or instant (UTC)."
    ),
    max_requests: int | None = typer.Option(
        None, min=1, help="Begin no record that would take more requests than that; the next run goes on."
    ),
    retry_failures: bool = typer.Option(
        False, "--retry-failures", help="Try again what was given up after failing in several runs."
    ),
) -> None:
    """Send the credit that changed to Genesys Cloud.

    It sends what the last build made, with the vars of that build, and so takes no --vars: give them to
    `dbt build --vars`, or set them in dbt_project.yml.

    **Example**

      attribution write-back --dry-run

      attribution write-back --since 2026-01-01 --max-requests 20000
    """
    begin = instant(since)
    if dry_run:
        show_plan(
            send(dry_run=True, since=begin, max_requests=max_requests, retry_failures=retry_failures), max_requests
        )
    else:
        report(send(since=begin, max_requests=max_requests, retry_failures=retry_failures), max_requests)


def send(**options: Any) -> WriteBackSummary:
    """Write back with these options, showing how far it is. What the org refused is in the summary's ``failures``."""
    from write_back.run import write_back as write

    with terminal.counter("write-back") as progress:
        return write(progress=progress, announce=lambda found: terminal.note(f"write-back: {words(found)}"), **options)


def words(estimate: Estimate) -> str:
    """What a run takes, before it begins."""
    return (
        f"{number(estimate.records, 'record')} to send, {number(estimate.requests, 'request')}, about "
        f"{minutes(estimate.seconds)} at "
        f"the rate limit, {estimate.share_of_day:.1%} of a day's requests"
    )


def line(summary: WriteBackSummary) -> str:
    """What was done, in a line."""
    more = {"given up earlier": summary.given_up, "left for another run": summary.not_tried}
    return (
        f"write-back: {summary.sent:,} sent, {summary.retracted:,} taken back, {summary.unchanged:,} unchanged, "
        f"{summary.failed:,} failed" + "".join(f", {count:,} {what}" for what, count in more.items() if count)
    )


def counts(summary: WriteBackSummary) -> dict[str, Any]:
    """The same for programs."""
    names = ("target", "sent", "retracted", "unchanged", "failed", "given_up", "not_tried", "requests")
    return {name: getattr(summary, name) for name in names}


def report(summary: WriteBackSummary, max_requests: int | None = None) -> None:
    """Say what was sent; raises AttributionError where records were refused."""
    of_all = ""
    if max_requests is not None and summary.not_tried:
        of_all = (
            f" ({number(summary.requests, 'request')} of --max-requests {max_requests:,}, those for the login and the"
            " schema among them)"
        )
    terminal.say(line(summary) + of_all)
    if summary.note:
        terminal.say(summary.note)
    check(summary)


def check(summary: WriteBackSummary) -> None:
    """Name the records that were refused and raise AttributionError, where there are any."""
    if summary.failed:
        for failure in summary.failures[:SHOWN]:
            terminal.say(f"  {failure.name}: {failure.error}", "red")
        message = f"Genesys Cloud did not take {number(summary.failed, 'record')}; the rest were sent."
        if summary.newly_given_up:
            message += f" {summary.newly_given_up:,} of them failed in several runs and are given up."
        raise AttributionError(
            message,
            "Mend what the reasons above name; the next `attribution write-back` sends these again. "
            "write_back.write_back_failures has all of them, and --retry-failures tries those that were given up.",
        )


def show_plan(summary: WriteBackSummary, max_requests: int | None = None) -> None:
    """The first records that would be sent, how many there are of which kind, and how long it would take."""
    from write_back.run import estimate

    plan = summary.planned
    if plan.tasks:
        terminal.show(plan_grid(plan.tasks))
    more = {"given up": plan.given_up, "before --since": plan.older}
    terminal.say(
        f"{plan.new:,} new, {plan.changed:,} changed, {plan.retracted:,} to take back, {plan.unchanged:,} unchanged"
        + "".join(f", {count:,} {what}" for what, count in more.items() if count)
    )
    if summary.note:
        terminal.say(summary.note, "yellow")
    if summary.makes:
        terminal.say(f"The org lacks {summary.makes}; it would be made first.")
    terminal.say(f"{words(estimate(summary, max_requests))} ({summary.requests_per_minute:,} a minute).")
    terminal.say("Nothing was sent.")


def plan_grid(tasks: list[Task]) -> Grid:
    """The first of these tasks, a row each. The model is the same in all, so the title names it."""
    model = next((found for task in tasks if (found := task.record.values["AttributionModel"])), None)
    grid = Grid(
        f"What would be sent: {min(SHOWN, len(tasks))} of {len(tasks):,}" + (f" (credit by {model})" if model else ""),
        ("conversation", "", *HEADS),
        right=("credit", "value", "win", "seq", "conversions"),
        least_needed=("conversions", "seq", "campaign"),
    )
    for task in tasks[:SHOWN]:
        kind = "take back" if task.is_retraction else "new" if task.known_hash is None else "change"
        values = [(task.record.values[title], form) for title, form in HEADS.values()]
        grid.add(task.name, kind, *[None if value is None else format(value, form) for value, form in values])
    return grid


def minutes(seconds: float) -> str:
    """A duration in words that suit its size."""
    return number(round(seconds), "second") if seconds < 100 else number(round(seconds / 60), "minute")
