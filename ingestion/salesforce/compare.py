"""The full comparison: rows that the org no longer has are taken out of the warehouse.

A load hears of a record that was deleted, not of one that was erased: out of the recycle bin, or by a hard delete of
the Bulk API. Only a look at the ids of all records shows it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from common import settings as common_settings
from common.dbt_vars import dbt_vars
from common.warehouse import Warehouse, connect
from ingestion.salesforce import bulk, objects
from ingestion.salesforce.client import Client
from ingestion.salesforce.fields import switched_on
from ingestion.salesforce.objects import RawTable
from ingestion.salesforce.organization import refuse_other_org

# Ids in one INSERT; Snowflake takes 16,384 rows of VALUES at most.
INSERT_ROWS = 2000


def take_out_erased(variables: dict[str, Any] | None = None, bulk_rows: int = bulk.ROWS) -> list[str]:
    """Compare each raw table with the org, after a load; what was done, as notes.

    The ids are read after the rows: a row that came in between is among them. Each table is changed whole or not at
    all. An object that the user may not see is left alone. Raises AttributionError as a load does.
    """
    client = Client(common_settings.salesforce(), bulk_rows)
    refuse_other_org(client.organization_id(), client.instance_url)
    known = dbt_vars(variables)
    notes = []
    for name, table in objects.RAW_TABLES.items():
        if table.switch and not switched_on(table.switch, known):
            continue
        if client.describe(table.object_name) is None:
            continue
        with connect() as warehouse:
            erased, missing = _compare(warehouse, name, _ids(client, table))
        if erased:
            notes.append(f"{erased:,} of {table.object_name} were taken out: Salesforce no longer has them.")
        if missing:
            notes.append(
                f"{missing:,} of {table.object_name} are in Salesforce and not here, as when its user was not allowed "
                "to see them before: `attribution load salesforce --since 1999-01-01` reads all."
            )
    return notes or ["The warehouse and Salesforce have the same records."]


def _ids(client: Client, table: RawTable) -> Iterator[list[str]]:
    where = f" WHERE {table.filter}" if table.filter else ""
    for page in client.pages(f"SELECT Id FROM {table.object_name}{where}", table.object_name):
        yield [row["Id"] for row in page]


def _compare(warehouse: Warehouse, name: str, ids: Iterator[list[str]]) -> tuple[int, int]:
    """How many rows of the raw table were taken out, and how many ids it lacks."""
    raw = f"raw_salesforce.{name}"
    # One cursor for all of it: a temporary table of DuckDB's is seen by the cursor alone that made it.
    cursor = warehouse.execute("create or replace temporary table present_ids (id varchar)")
    for page in ids:
        for start in range(0, len(page), INSERT_ROWS):
            chunk = page[start : start + INSERT_ROWS]
            cursor.execute(f"insert into present_ids values {', '.join(['(?)'] * len(chunk))}", chunk)
    cursor.execute(
        f"select count(*), (select count(distinct id) from present_ids where id not in (select id from {raw}))"
        f" from {raw} where id not in (select id from present_ids)"
    )
    [(erased, missing)] = cursor.fetchall()
    if erased:
        cursor.execute(f"delete from {raw} where id not in (select id from present_ids)")
    return erased, missing
