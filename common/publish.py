"""A copy of what analysts query, in a DuckDB file of its own, for readers while the next build has the warehouse."""

from __future__ import annotations

from pathlib import Path

import duckdb

from common import settings
from common.compare import SCHEMAS
from common.errors import AttributionError
from common.warehouse import open_duckdb


def publish(to: Path) -> int:
    """Write every table of the contract schemas to ``to``, views as tables; returns how many.

    The copy is of one moment: it is read in one transaction, and put in place of an older ``to`` at the end, whole.
    Whoever has the older one open goes on reading that. Raises AttributionError where it can't be made, or where ``to``
    is a file that no `publish` wrote.
    """
    to, source = to.absolute(), settings.duckdb_path()
    if settings.target() != "duckdb":
        raise AttributionError(
            "ATTRIBUTION_TARGET is snowflake, where readers and builds do not stand in each other's way.",
            "Give the readers a role that may select from marts, reports and exports: docs/snowflake_setup.sql.",
        )
    if to == source:
        raise AttributionError(f"{to} is the warehouse itself.", "Name another file in --to.")
    if not to.parent.is_dir():
        raise AttributionError(f"There is no folder {to.parent}.", "Make it, or name another file in --to.")
    _refuse_other_file(to)
    half_made = to.with_name(to.name + ".part")
    connection = open_duckdb(source, read_only=True)
    try:
        half_made.unlink(missing_ok=True)
        count = _copy(connection, half_made)
        half_made.replace(to)
    except (OSError, duckdb.IOException) as error:
        raise AttributionError(
            f"{to} can't be written: {str(error).splitlines()[0]}", "Check the folder's permissions and its room."
        ) from error
    finally:
        connection.close()
        half_made.unlink(missing_ok=True)
    return count


def _refuse_other_file(to: Path) -> None:
    """Raises where ``to`` would replace something other than an older copy: another file, or a warehouse."""
    if not to.exists():
        return
    if not to.is_file():
        raise AttributionError(f"{to} is no file.", "Name a file in --to.")
    with to.open("rb") as file:
        is_duckdb = file.read(12)[8:] == b"DUCK"
    if is_duckdb:
        try:
            with duckdb.connect(str(to), read_only=True) as connection:
                found = connection.execute("select distinct schema_name from duckdb_tables() order by 1").fetchall()
        except duckdb.IOException:
            return  # a reader has it open, and not read-only
        others = [schema for (schema,) in found if schema not in SCHEMAS]
        if not others:
            return
        what = f"a DuckDB file that also holds {', '.join(others)}"
    else:
        what = "no DuckDB file"
    raise AttributionError(
        f"{to} is there already and is no older copy: it is {what}.", "Name another file in --to, or remove this one."
    )


def _copy(connection: duckdb.DuckDBPyConnection, to: Path) -> int:
    marks = ", ".join("?" for _ in SCHEMAS)
    connection.execute("begin")
    tables = connection.execute(
        f"""select table_catalog, table_schema, table_name from information_schema.tables
            where table_catalog = current_database() and table_schema in ({marks})
            order by table_schema, table_name""",
        list(SCHEMAS),
    ).fetchall()
    if not tables:
        raise AttributionError("The warehouse has no marts yet.", "Run `dbt build` first.")
    connection.execute("attach '{}' as published (read_write)".format(str(to).replace("'", "''")))
    for catalog, schema, table in tables:
        connection.execute(f"create schema if not exists published.{schema}")
        connection.execute(f'create table published.{schema}."{table}" as from "{catalog}".{schema}."{table}"')
    connection.execute("commit")
    connection.execute("detach published")
    return len(tables)
