"""A few rows in and out of the warehouse, whichever it is. dlt loads and dbt builds; this serves what is between."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from common import settings
from common.errors import AttributionError

# Rows of an Arrow table that is in memory at once.
ARROW_ROWS = 100_000


class WarehouseInUse(AttributionError):
    """Another process has the DuckDB file open."""


class Warehouse:
    """One open connection. Placeholders are ``?`` for both warehouses; rows come back as dicts, keys lower case."""

    def __init__(self, connection: Any) -> None:
        self.connection = connection

    def execute(self, sql: str, parameters: Sequence[Any] = ()) -> Any:
        """Run one statement; returns the driver's cursor."""
        cursor = self.connection.cursor()
        cursor.execute(sql, list(parameters))
        return cursor

    def query(self, sql: str, parameters: Sequence[Any] = ()) -> list[dict[str, Any]]:
        """All rows of one select."""
        cursor = self.execute(sql, parameters)
        names = [column[0].lower() for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def arrow_batches(self, sql: str) -> Iterator[pa.Table]:
        """All rows of one select as Arrow tables, at least one; instants and decimals as the warehouse gives them."""
        cursor = self.execute(sql)
        if isinstance(self.connection, duckdb.DuckDBPyConnection):
            reader = cursor.to_arrow_reader(ARROW_ROWS)
            yield pa.Table.from_batches([], schema=reader.schema)
            for batch in reader:
                yield pa.Table.from_batches([batch])
        else:
            yield from cursor.fetch_arrow_batches(force_microsecond_precision=True)

    def exists(self, schema: str, table: str) -> bool:
        """Whether there is a table or view of that name; ``schema`` may have its database before it."""
        database, _, schema = schema.rpartition(".")
        return bool(
            self.query(
                f"select 1 as found from {database + '.' if database else ''}information_schema.tables"
                " where lower(table_schema) = ? and lower(table_name) = ?",
                [schema.lower(), table],
            )
        )


@contextmanager
def connect(read_only: bool = False, target: str | None = None) -> Iterator[Warehouse]:
    """Open the warehouse of ATTRIBUTION_TARGET (or ``target``), close it after; AttributionError where it can't be.

    ``read_only`` asks for a reading connection: a DuckDB file that is not there yet is then an error, not made.
    """
    is_snowflake = (target or settings.target()) == "snowflake"
    connection = _snowflake() if is_snowflake else open_duckdb(settings.duckdb_path(), read_only)
    try:
        yield Warehouse(connection)
    finally:
        connection.close()


def open_duckdb(path: Path, read_only: bool) -> duckdb.DuckDBPyConnection:
    """Connect to the file, with DuckDB's refusals (no file, locked, not DuckDB's) turned into sentences."""
    if read_only and not path.exists():
        raise AttributionError(
            f"There is no warehouse at {path}.", "Run `attribution load` and then `dbt build` first."
        )
    try:
        return duckdb.connect(str(path), read_only=read_only)
    except duckdb.Error as error:
        raise explain_duckdb_error(error, path) from error


def explain_duckdb_error(error: Exception, path: Path) -> AttributionError:
    """What a refusal to open ``path`` means, with who holds the lock where DuckDB says it."""
    text = str(error)
    # The text names the file too, and a path may well hold the word lock.
    if "could not set lock" in text.lower():
        holder = re.search(r"held in (.+?) \(PID (\d+)\)", text)
        who = f"by process {holder[2]} ({holder[1]})" if holder else "by another process"
        return WarehouseInUse(
            f"{path} is in use {who}.", "Wait until it has finished, or close it there; then try again."
        )
    if "not a valid" in text.lower():
        return AttributionError(
            f"{path} is not a DuckDB file.",
            "Name another file in ATTRIBUTION_DUCKDB_PATH, or move this one away.",
        )
    return AttributionError(f"DuckDB can't open {path}: {text.splitlines()[0]}", "Check the path and its permissions.")


def place() -> str:
    """Which warehouse it is, for a sentence: the path of the DuckDB file, or Snowflake's database."""
    return str(settings.duckdb_path()) if settings.target() == "duckdb" else "the Snowflake database"


def _snowflake() -> Any:
    with warnings.catch_warnings():
        # The connector's own copy of requests warns of a newer chardet beside it, which it does not need.
        warnings.filterwarnings("ignore", message=".*doesn't match a supported version")
        import snowflake.connector

    found = settings.snowflake()
    names = {
        "SNOWFLAKE_ACCOUNT": "account",
        "SNOWFLAKE_USER": "user",
        "SNOWFLAKE_DATABASE": "database",
        "SNOWFLAKE_WAREHOUSE": "warehouse",
        "SNOWFLAKE_ROLE": "role",
        "SNOWFLAKE_HOST": "host",
        "SNOWFLAKE_PORT": "port",
        "SNOWFLAKE_PROTOCOL": "protocol",
    }
    if "SNOWFLAKE_PRIVATE_KEY_PATH" in found:
        names |= {
            "SNOWFLAKE_PRIVATE_KEY_PATH": "private_key_file",
            "SNOWFLAKE_PRIVATE_KEY_PASSPHRASE": "private_key_file_pwd",
        }
    else:
        names["SNOWFLAKE_PASSWORD"] = "password"
    # An instant without a zone is UTC, whatever the account says; the tag tells our queries from others.
    session = {"TIMEZONE": "UTC", "QUERY_TAG": '{"project": "outbound_attribution", "by": "attribution"}'}
    try:
        return snowflake.connector.connect(
            **{option: found[name] for name, option in names.items() if name in found},
            paramstyle="qmark",
            session_parameters=session,
        )
    except (snowflake.connector.errors.Error, ValueError, TypeError) as error:
        # The last two are the key file's: no PEM, or a passphrase that does not open it.
        raise AttributionError(
            f"Snowflake can't be opened: {str(error).splitlines()[0]}",
            "Check the SNOWFLAKE_ settings; docs/snowflake.md says what each is.",
        ) from error
