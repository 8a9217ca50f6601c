"""`attribution publish`: a compact copy of the marts for readers."""

from __future__ import annotations

from pathlib import Path

import typer

from cli import terminal
from common import publish as publishing


def publish(
    to: Path = typer.Option(..., "--to", metavar="FILE", help="Where to write it; an older copy is replaced, whole."),
) -> None:
    """Write marts, reports and exports into a DuckDB file of their own.

    While a build runs, DuckDB lets nobody else open the warehouse. BI tools open this copy instead: it is of one
    moment, holds no raw rows, no phone and no e-mail, and is replaced in one step.

    **Example**

      attribution publish --to /srv/bi/attribution.duckdb
    """
    count = publishing.publish(to)
    terminal.say(f"{to.absolute()}: {count} tables, {to.stat().st_size / 1_000_000:.1f} MB")
