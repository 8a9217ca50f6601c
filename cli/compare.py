"""`attribution compare`: whether the DuckDB file and Snowflake hold the same."""

from __future__ import annotations

from enum import StrEnum
from functools import partial

import typer

from cli import terminal
from common import compare as comparing
from common.warehouse import connect
from common.words import number


class Other(StrEnum):
    """What the DuckDB file can be compared with."""

    SNOWFLAKE = "snowflake"


def compare(
    against: Other = typer.Option(Other.SNOWFLAKE, "--against", help="The warehouse to hold the DuckDB file against."),
) -> None:
    """Hold every contract table of the DuckDB file against the same table in Snowflake, cell by cell.

    Reads both, changes neither. Doubles may differ by 1e-12. Exits 1 where something differs. Both have to have been
    built from the same raw rows, with the same settings and the same ATTRIBUTION_PERSON_SALT.

    **Example**

      attribution compare --against snowflake
    """
    with connect(read_only=True, target="duckdb") as left, connect(read_only=True, target=against.value) as right:
        found = comparing.compare(left, right)
    if not report(found):
        raise typer.Exit(1)


def report(found: list[comparing.Difference]) -> bool:
    """A line for each table that differs, with examples, and one for the whole; returns whether all are the same."""
    differ = partial(number, one="row differs", more="rows differ")
    for difference in found:
        if difference.different:
            rows = " and ".join(f"{count:,}" for count in difference.rows)
            terminal.say(f"{difference.table}: {differ(difference.different)}, of {rows}", "bold red")
            for example in difference.examples:
                terminal.say(f"  {example}")
    tables, rows = len(found), sum(max(difference.rows) for difference in found)
    cells, different = sum(d.cells for d in found), sum(d.different for d in found)
    terminal.say(
        f"compared {number(tables, 'table')}, {number(rows, 'row')}, {number(cells, 'cell')}; {differ(different)}"
    )
    return bool(found) and not different
