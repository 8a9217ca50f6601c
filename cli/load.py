"""`attribution load`: dlt loads into raw_<source>."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from cli import terminal
from cli.arguments import VARS_HELP, window
from common.dbt_vars import brought, dbt_vars, parse_vars, time_zone
from common.errors import AttributionError
from common.words import did_you_mean, rows_of

if TYPE_CHECKING:
    from ingestion.pipeline import LoadSummary

SYSTEMS = ("genesys", "salesforce", "dynamics", "webhook")
SOURCES = (*SYSTEMS, "files")


def load(
    names: list[str] | None = typer.Argument(
        None,
        metavar="[genesys] [salesforce] [dynamics] [webhook] [files]",
        help="What to load; default: what the var sources names.",
    ),
    since: str | None = typer.Option(
        None, help="Load from this date or instant (UTC) on; default: where the last load ended."
    ),
    until: str | None = typer.Option(None, help="Load up to this date or instant (UTC); default: now."),
    variables: str | None = typer.Option(None, "--vars", help=VARS_HELP),
    touches: Path | None = typer.Option(None, help="files: touches as CSV, JSONL or Parquet."),
    conversions: Path | None = typer.Option(None, help="files: conversions as CSV, JSONL or Parquet."),
    costs: Path | None = typer.Option(None, help="files: campaign costs as CSV, JSONL or Parquet."),
    full_compare: bool = typer.Option(
        False, "--full-compare", help="salesforce: afterwards take out what the org no longer has at all."
    ),
) -> None:
    """Load Genesys Cloud, Salesforce, Dynamics 365, what the webhook took in, or files into the warehouse.

    **Example**

      attribution load

      attribution load genesys --since 2026-01-01

      attribution load files --touches touches.csv --conversions conversions.csv
    """
    begin, end = window(since, until)
    chosen = list(dict.fromkeys(names or []))
    if wrong := [name for name in chosen if name not in SOURCES]:
        raise typer.BadParameter(
            f"{', '.join(map(repr, wrong))} can't be loaded; it is one or more of {', '.join(SOURCES)}."
            f" {did_you_mean(wrong[0], SOURCES)}".rstrip(),
            param_hint="names",
        )
    files = {"touches": touches, "conversions": conversions, "costs": costs}
    if any(files.values()) and "files" not in chosen:
        raise typer.BadParameter("--touches, --conversions and --costs belong to `attribution load files`.")
    if "files" in chosen and not any(files.values()):
        raise typer.BadParameter("`attribution load files` takes --touches, --conversions or --costs, at least one.")
    if chosen and set(chosen) <= {"files", "webhook"} and (since or until):
        raise typer.BadParameter(f"{' and '.join(chosen)} are loaded whole; --since and --until are for the systems.")

    overrides = parse_vars(variables)
    settings = dbt_vars(overrides)
    time_zone(settings, "crm_timezone")
    sources = chosen or systems(settings)
    if full_compare and "salesforce" not in sources:
        raise typer.BadParameter("--full-compare belongs to `attribution load salesforce`.")
    if filled := [name for name in sources if name in brought(settings)]:
        raise AttributionError(
            f"The var raw_schemas says that another loader fills {' and '.join(filled)}.",
            "Load there, or take it out of raw_schemas.",
        )
    if "files" in sources:
        from cli.demo_warehouse import refuse_to_mix

        refuse_to_mix(settings)
    for source in sources:
        with terminal.step(f"load {source}"):
            summary = load_files(files) if source == "files" else load_system(source, overrides, begin, end)
        report(summary)
        if source == "files" and "files" not in settings["sources"]:
            terminal.say(
                f"  The var sources is [{', '.join(settings['sources'])}]: a build leaves out what was loaded from"
                " files. Set it to [files], or add files to it, in dbt_project.yml or by `dbt build --vars`.",
                "yellow",
            )
        if full_compare and source == "salesforce":
            with terminal.step("compare salesforce"):
                compared = compare_salesforce(overrides)
            for line in compared:
                terminal.say(f"  {line}")


def systems(variables: dict[str, Any]) -> list[str]:
    """What a load without names loads: the systems that the var ``sources`` names."""
    sources = variables.get("sources")
    if (
        not isinstance(sources, list)
        or not sources
        or any(source not in SOURCES for source in sources)
        or len(set(sources)) != len(sources)
    ):
        raise AttributionError(
            f"The var sources is {sources!r}.", f"It is a list of one or more of {', '.join(SOURCES)}, each once."
        )
    filled = brought(variables)
    found = [source for source in sources if source in SYSTEMS and source not in filled]
    if not found and filled:
        raise AttributionError(
            f"Nothing is to be loaded: the var raw_schemas says that another loader fills {' and '.join(filled)}.",
            "Load there; `dbt build` builds what is there.",
        )
    if not found:
        raise AttributionError(
            "The var sources names files alone, and which files is for you to say.",
            "Run `attribution load files --touches F --conversions F`.",
        )
    return found


def load_system(
    source: str, variables: dict[str, Any], since: datetime | None = None, until: datetime | None = None
) -> LoadSummary:
    """Load one system."""
    if source == "webhook":
        from ingestion.webhook import load_webhook

        return load_webhook()
    from ingestion.pipeline import run_source

    return run_source(source, since=since, until=until, variables=variables)


def compare_salesforce(variables: dict[str, Any]) -> list[str]:
    """Take out what the org no longer has."""
    from ingestion.salesforce.compare import take_out_erased

    return take_out_erased(variables)


def load_files(files: dict[str, Path | None]) -> LoadSummary:
    """Load the files given."""
    from ingestion.files import load_files as load_given

    return load_given(**files)


def report(summary: LoadSummary) -> None:
    """One line of row counts, and a line for each note."""
    counts = ", ".join(rows_of(name, count) for name, count in sorted(summary.rows.items()) if count)
    terminal.say(f"{summary.source}: {counts or 'nothing new'}")
    for line in summary.notes:
        terminal.say(f"  {line}")
