"""`attribution explain`: one conversion's journey, or one touch's service, and why each credit is what it is."""

from __future__ import annotations

import json
import re
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from cli import terminal
from cli.grid import Grid
from cli.settings_of_build import last_build
from common.errors import AttributionError
from common.warehouse import Warehouse, connect
from explain.models import MODELS

if TYPE_CHECKING:
    from explain.report import Report, Table

# A page has room for more than a terminal.
SHOWN_LEFT_OUT_ON_A_PAGE = 500
# In a narrow terminal: the columns of text, which fold, and those that a reader misses least, the least of all first.
FOLDS = ("campaign", "identity", "worth", "write-back", "why", *MODELS.values())
LEAST_NEEDED = ("decay", "weight", "channel", "Δt")


def explain(
    conversion_id: str | None = typer.Argument(
        None, metavar="CONVERSION_ID", help="conversion_id, as in marts.fct_conversions."
    ),
    touch_id: str | None = typer.Option(
        None, "--touch", metavar="TOUCH_ID", help="A touch instead: every conversion that it serves."
    ),
    as_json: bool = typer.Option(False, "--json", help="The same for programs."),
    as_html: bool = typer.Option(False, "--html", help="The same as a page, in one file that opens anywhere."),
    out: Path | None = typer.Option(
        None, "--out", help="Where the page goes.", show_default="explain_ID.html in this folder"
    ),
) -> None:
    """Show why each touch of a conversion has its credit.

    The journey as a table: every touch, its decay, weight, credit and value by every model, why the winner won, how
    the touches came to this person, what the write-back sent, and which touches were left out, by which rule. The
    settings are those of the last finished build. The numbers are the marts'; they are computed again from what was
    loaded, and a warning says where the two differ.

    **Examples**

      attribution explain 0065g00000DmQzTAAV

      attribution explain 0065g00000DmQzTAAV --html --out journey.html

      attribution explain --touch 3f2b8c1e-0d43-4a1c-9f6e-2b7d5a9c1e00
    """
    if (conversion_id is None) == (touch_id is None):
        raise typer.BadParameter("Name either a CONVERSION_ID, or a touch with --touch.")
    if as_json and as_html:
        raise typer.BadParameter("--json and --html: choose one.")
    if out and not as_html:
        raise typer.BadParameter("--out is where the page of --html goes.")
    found, report, built_at = look_up(conversion_id, touch_id, as_html)
    if as_json:
        print(json.dumps(found, default=plain, indent=2))
    elif as_html:
        from explain.page import page

        path = out or Path(default_name(conversion_id or touch_id or ""))
        write(path, page(report, built_at))
        show_warnings(report)
        terminal.say(f"{report.title}: {path}")
    else:
        show(report)


def look_up(
    conversion_id: str | None, touch_id: str | None, for_page: bool
) -> tuple[dict[str, Any], Report, datetime | None]:
    """(all that was found, the same as a report, when its tables were built), under the last build's settings."""
    from explain.conversion import journey
    from explain.journey_report import SHOWN_LEFT_OUT, journey_report
    from explain.touch import service
    from explain.touch_report import touch_report

    with connect(read_only=True) as warehouse:
        variables = last_build(warehouse)
        built = built_at(warehouse)
        if touch_id is not None:
            found = service(warehouse, touch_id, variables)
            return found, touch_report(found), built
        found = journey(warehouse, conversion_id or "", variables)
    return found, journey_report(found, SHOWN_LEFT_OUT_ON_A_PAGE if for_page else SHOWN_LEFT_OUT), built


def built_at(warehouse: Warehouse) -> datetime | None:
    """When the last finished build ended (UTC)."""
    return warehouse.query("select max(finished_at) as finished_at from build_log.builds")[0]["finished_at"]


def default_name(id: str) -> str:
    """A file name of the id, whatever characters it holds."""
    return f"explain_{re.sub(r'[^A-Za-z0-9._-]+', '_', id)[:100]}.html"


def write(path: Path, text: str) -> None:
    """Put the page there; an AttributionError where that can't be."""
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise AttributionError(
            f"--out: {path} can't be written: {error.strerror}.", "Name a file in a folder that you may write to."
        ) from error


def plain(value: Any) -> Any:
    """Values that JSON does not have: instants (UTC) as ISO 8601, decimals as text so that no cent is lost."""
    if isinstance(value, datetime):
        return value.isoformat() + ("Z" if value.tzinfo is None else "")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    raise TypeError(f"{type(value).__name__} has no JSON form")


def show(report: Report) -> None:
    """The report on the terminal."""
    terminal.say(report.title, "bold")
    width = max(len(label) for label, _ in report.facts)
    for label, text in report.facts:
        terminal.say(f"  {label:<{width}}  {text}")
    show_warnings(report)
    for block in report.blocks:
        if isinstance(block, str):
            terminal.say(block)
        else:
            terminal.say()
            show_table(block)
    if report.agreement:
        terminal.say()
        terminal.say(report.agreement, "dim")


def show_warnings(report: Report) -> None:
    """What differs from the recomputation, if anything does."""
    for number, warning in enumerate(report.warnings):
        head = "" if number else "Warning: these numbers differ from a recomputation from what was loaded. "
        terminal.say(f"{head}{warning}", "bold yellow")


def show_table(table: Table) -> None:
    """One table, its rows as they are."""
    grid = Grid(table.title, table.columns, table.right, FOLDS, LEAST_NEEDED)
    for row in table.rows:
        grid.add(*row.cells, style="bold" if row.strong else None)
    terminal.show(grid)
    if table.rest:
        terminal.say(table.rest)
