"""`attribution run`: load, freshness gate, build, write-back; what follows a step that failed is not run."""

from __future__ import annotations

import typer

from cli import dbt, freshness, terminal, write_back
from cli.arguments import VARS_HELP
from cli.load import load_system, report, systems
from common.dbt_vars import dbt_vars, parse_vars


def run(variables: str | None = typer.Option(None, "--vars", help=VARS_HELP)) -> None:
    """Load, build and write back in one go, for a scheduler.

    What follows a step that failed is not run, and the exit code is then 1. Between load and build it checks that no
    source is older than freshness_error_hours. Files are not loaded (`attribution load files` does it), and without
    genesys among the sources nothing is written back.

    **Example**

      attribution run --vars '{crm_timezone: Europe/Berlin}'
    """
    overrides = parse_vars(variables)
    settings = dbt_vars(overrides)
    freshness.error_hours(settings)
    found = [] if settings["sources"] == ["files"] else systems(settings)
    if not found:
        terminal.say("load: skipped, the var sources names files alone; `attribution load files` loads them")
    for source in found:
        with terminal.step(f"load {source}"):
            summary = load_system(source, overrides)
        report(summary)
    with terminal.step("freshness gate"):
        freshness.gate(settings)
    dbt.build(overrides)
    if "genesys" not in found:
        terminal.say("write-back: skipped, the var sources does not name genesys")
        return
    with terminal.step("write-back"):
        sent = write_back.send()
    write_back.report(sent)
