"""`attribution forget`: takes one person out of everything."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from cli import dbt, terminal
from cli.arguments import VARS_HELP
from common import settings
from common.dbt_vars import brought, dbt_vars, parse_vars
from common.words import number

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
    project = dbt_vars(overrides)

    def build() -> None:
        with terminal.step("dbt build --full-refresh"):
            dbt.dbt("build", "--full-refresh", *dbt.WITHOUT_UNIT_TESTS, variables=overrides, quiet=True)

    report(take_out(who, build, dry_run, brought(project)), str(project["reporting_currency"]))


def report(done: Forgotten, currency: str) -> None:
    """What was done, a line for each place; the person's ids, phones and addresses are counted, not named."""
    verb = "would be taken out" if done.dry_run else "taken out"
    if done.taken_up:
        terminal.say("An earlier one had not finished: it is finished now.")
    if not done.rows and not done.elsewhere:
        terminal.say(f"No loaded row names this person.{'' if done.taken_up else f' {why_nobody(done)}'}")
    else:
        ids = number(done.ids, "id of leads and contacts", "ids of leads and contacts")
        emails = number(done.emails, "e-mail address")
        terminal.say(f"The person has {ids}, {number(done.phones, 'phone')}, {emails}.")
    for table, count in (done.rows | done.entries).items():
        terminal.say(f"{table}: {number(count, 'row')} {verb}")
    for table, keys in done.elsewhere.items():
        terminal.say(f"{table}: {number(len(keys), 'row')} still there: {', '.join(keys)}", "yellow")
    if done.elsewhere:
        terminal.say(
            "Another loader fills these tables, so nothing was changed in them. Take the person out in the system that"
            " they come from, and out of the tables; then look again with --dry-run. docs/bring_your_own.md says more.",
            "yellow",
        )
    if done.waiting:
        terminal.say(f"webhook's inbox: {number(done.waiting, 'event')} {verb}")
    if done.rows or done.elsewhere or done.touches or done.conversions:
        touches, conversions = number(done.touches, "touch"), number(done.conversions, "conversion")
        terminal.say(f"marts: {touches}, {conversions} worth {done.value:,.2f} {currency} {verb}")
    if done.shared == 1:
        terminal.say("1 phone or address leads to somebody else too: it stays, as that person's.")
    elif done.shared:
        terminal.say(f"{done.shared} phones or addresses lead to somebody else too: they stay, as that person's.")
    terminal.say(f"Genesys Cloud: {number(done.zeroed, 'record')} {'would be ' if done.dry_run else ''}set to 0")
    for line in done.notes:
        terminal.say(line, "yellow")
    if done.dry_run:
        terminal.say("Nothing was changed.")
        return
    terminal.say("The stop-list keeps later loads from bringing the person back.")
    if done.elsewhere:
        terminal.say("It keeps builds from reading what is still there, too.")


def why_nobody(done: Forgotten) -> str:
    """Why no row names the person, as far as that can be told, and what becomes of what was given."""
    if done.was_listed:
        return "The stop-list has it already, from a call before this one."
    region = f", in any usual form (without a country code one of {settings.phone_region()})"
    taken_for = {"lead": "a lead's id", "phone": f"a phone{region}", "email": "an e-mail address"}[done.named_by]
    listed = "would be put" if done.dry_run else "was put"
    return (
        f"What you gave was taken for {taken_for}. It {listed} on the stop-list all the same, so that a later load"
        " leaves out whoever has it, and no command takes it off again: is it the right one?"
    )
