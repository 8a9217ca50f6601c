"""`attribution doctor`: looks at all that a run needs and says what to mend."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict

import typer

from cli import terminal
from cli.arguments import VARS_HELP
from cli.checks import dynamics, genesys, local, salesforce, webhook
from cli.checks.check import Check
from cli.freshness import error_hours
from cli.load import systems
from common.dbt_vars import dbt_vars, parse_vars
from common.errors import AttributionError

STYLES = {"ok": "green", "warn": "yellow", "fail": "bold red"}


def doctor(
    variables: str | None = typer.Option(None, "--vars", help=VARS_HELP),
    as_json: bool = typer.Option(False, "--json", help="The same for programs."),
) -> None:
    """Check all that a run needs, and say what to mend.

    Credentials, permissions, clock, time zone, freshness, warehouse, disk and the write-back's schema. Changes nothing
    anywhere. Exits 1 where something has to be mended.
    """
    found = []
    for check in checks(variables):
        found.append(check)
        if not as_json:
            show(check)
    counts = {status: sum(check.status == status for check in found) for status in STYLES}
    if as_json:
        print(json.dumps([asdict(check) for check in found], indent=2))
    else:
        terminal.say(f"{counts['ok']} ok, {counts['warn']} to look at, {counts['fail']} to mend")
    if counts["fail"]:
        raise typer.Exit(1)


def checks(variables: str | None = None) -> Iterator[Check]:
    """Every check, as it is made. Which systems are asked is said by the var ``sources``."""
    try:
        settings = dbt_vars(parse_vars(variables))
        error_hours(settings)
        chosen = [] if settings.get("sources") == ["files"] else systems(settings)
    except AttributionError as error:
        yield Check("Vars", "fail", error.message, error.remedy)
        return
    yield from local.setting_checks(settings)
    yield from local.warehouse_checks(settings)
    if "genesys" in chosen:
        yield from genesys.checks(settings)
    if "salesforce" in chosen:
        yield from salesforce.checks(settings)
    if "dynamics" in chosen:
        yield from dynamics.checks(settings)
    if "webhook" in chosen:
        yield from webhook.checks()


def show(check: Check) -> None:
    """One line, and where there is something to do a second one; what follows the first is indented."""
    further = "\n" + " " * 6
    said = f"{check.name}: {check.detail}".replace("\n", further)
    terminal.say(f"{check.status:<5} {said}", STYLES[check.status])
    if check.remedy:
        terminal.say(further[1:] + check.remedy.replace("\n", further))
