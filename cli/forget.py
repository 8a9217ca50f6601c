"""`attribution forget`: takes one person out of everything."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from cli import dbt, terminal
from cli.arguments import VARS_HELP
from common.dbt_vars import dbt_vars, parse_vars

if TYPE_CHECKING:
    from forget.job import Forgotten


def forget(
    who: str = typer.Argument(..., metavar="LEAD_ID | PHONE | EMAIL", help="Who: a lead's id, a phone, an address."),
    dry_run: bool = typer.Option(False, "--dry-run", help="Say what would be taken out; change nothing."),
    variables: str | None = typer.Option(None, "--vars", help=VARS_HELP),
) -> None:
    """Forget one person: out of the warehouse, set to 0 in Genesys Cloud, and kept out of later loads.

    All tables are made anew (dbt build --full-refresh), with the vars of a run: give the same --vars. Where it was
    killed, the same command again finishes it. docs/forget.md says what it does not reach.

    **Example**

      attribution forget 00Q5g00000AbCdEEAV --dry-run
    """
    from forget.job import forget as take_out

    overrides = parse_vars(variables)

    def build() -> None:
        with terminal.step("dbt build --full-refresh"):
            dbt.dbt(
                *("build", "--full-refresh", "--exclude-resource-type", "unit_test"), variables=overrides, quiet=True
            )

    report(take_out(who, build, dry_run), str(dbt_vars(overrides)["reporting_currency"]))


def report(done: Forgotten, currency: str) -> None:
    """What was done, a line for each place; the person's ids, phones and addresses are counted, not named."""
    verb = "would be taken out" if done.dry_run else "taken out"
    if done.taken_up:
        terminal.say("An earlier one had not finished: it is finished now.")
    terminal.say(
        f"The person has {done.ids} ids of leads and contacts, {done.phones} phones, {done.emails} e-mail addresses."
    )
    for table, count in done.rows.items():
        terminal.say(f"{table}: {count:,} rows {verb}")
    if done.waiting:
        terminal.say(f"webhook's inbox: {done.waiting:,} events {verb}")
    if not done.rows:
        terminal.say("No loaded row names this person.")
    terminal.say(
        f"marts: {done.touches:,} touches, {done.conversions:,} conversions worth {done.value:,.2f} {currency} {verb}"
    )
    if done.shared:
        terminal.say(f"{done.shared} phones or addresses lead to somebody else too: they stay, as that person's.")
    for line in done.notes:
        terminal.say(line, "yellow")
    if done.dry_run:
        terminal.say("Nothing was changed.")
        return
    terminal.say(f"Genesys Cloud: {done.zeroed:,} records set to 0")
    terminal.say("The stop-list keeps later loads from bringing the person back.")
