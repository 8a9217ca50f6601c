"""`attribution contacts upload`: what a file says of leads goes onto the contacts of a Genesys Cloud contact list."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from cli import terminal
from cli.arguments import VARS_HELP
from common import settings
from common.dbt_vars import dbt_vars, genesys_attributes, parse_vars
from common.words import number

if TYPE_CHECKING:
    from cli.contact_upload import UploadSummary

SHOWN = 50

contacts = typer.Typer(
    no_args_is_help=True, help="Put fields from a file onto the contacts of a contact list: `upload`."
)


@contacts.command()
def upload(
    contact_list: str = typer.Option(..., "--contact-list", help="The contact list, by id or by name."),
    file: Path = typer.Option(..., "--file", help="CSV whose columns are those of the list."),
    dry_run: bool = typer.Option(False, "--dry-run", help="Say what would change; change nothing."),
    variables: str | None = typer.Option(None, "--vars", help=VARS_HELP),
) -> None:
    """Put campaign, touch sequence, lead source, lead id and phone onto contacts.

    A line is for the contact that inin-outbound-id names, as an export of the list has it; without that column for the
    contact of its lead, which is added where the list has none. Only what differs is sent. A line that can't be done is
    named, the others are sent all the same; then the exit code is 1. docs/instrumentation.md says which columns a list
    needs.

    **Example**

      attribution contacts upload --contact-list "Renewals May" --file leads.csv --dry-run
    """
    from cli.contact_file import check_readable, rows
    from cli.contact_upload import Uploader, find_list
    from ingestion.genesys.client import GenesysClient

    attributes = genesys_attributes(dbt_vars(parse_vars(variables)))
    settings.phone_region()
    check_readable(file)
    client = GenesysClient(settings.genesys())
    into = find_list(client, contact_list)
    uploader = Uploader(client, into, attributes[3], dry_run)
    with terminal.counter(f"contacts of {into.name}") as progress:
        summary = uploader.run(rows(file, into, attributes), lambda done: progress(done, done))
    report(summary, into.name, dry_run)
    if summary.errors:
        raise typer.Exit(1)


def report(summary: UploadSummary, name: str, dry_run: bool) -> None:
    """A line for each row that was left out, and one of counts."""
    for error in summary.errors[:SHOWN]:
        terminal.say(f"line {error.line}: {error.reason}", "yellow")
    if len(summary.errors) > SHOWN:
        terminal.say(f"... and {number(len(summary.errors) - SHOWN, 'line')} more", "yellow")
    would = "would be " if dry_run else ""
    terminal.say(
        f"{name}: {summary.added:,} {would}added, {summary.changed:,} {would}changed, {summary.unchanged:,} unchanged,"
        f" {len(summary.errors):,} left out"
    )
