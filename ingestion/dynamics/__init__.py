"""Dynamics 365 as a dlt source: the Dataverse tables of leads, sales, campaigns and activities, each merged by id.

A load goes on from each table's delta link (change tracking). What Dataverse reports as deleted is noted in
``deleted_record``, and when a table was last read in full in ``full_read``; no row is taken away, so that staging can
tell what is gone from what never was.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import dlt
from dlt.extract import DltResource

from common import settings as common_settings
from common.dbt_vars import dbt_vars
from common.settings import DynamicsSettings
from ingestion.dynamics import objects
from ingestion.dynamics.client import Client
from ingestion.dynamics.reader import Reader

# Raw tables, and what fills each.
RAW_TABLES = {
    "lead": objects.LEAD,
    "contact": objects.CONTACT,
    "opportunity": objects.OPPORTUNITY,
    "campaign": objects.CAMPAIGN,
    "campaign_response": objects.CAMPAIGN_RESPONSE,
    "email": objects.EMAIL,
    "phone_call": objects.PHONE_CALL,
    "transaction_currency": objects.TRANSACTION_CURRENCY,
    "organization": objects.ORGANIZATION,
}


@dlt.source(name="dynamics", max_table_nesting=0)
def dynamics(
    since: datetime | None = None,
    until: datetime | None = None,
    variables: dict[str, Any] | None = None,
    notes: list[str] | None = None,
    settings: DynamicsSettings | None = None,
) -> list[DltResource]:
    """The org that ``settings`` names (default: the environment), limited by modifiedon to since ≤ t < until.

    ``variables`` override the project's dbt vars, which name the columns of time, value, campaign and ids. ``notes``
    is appended to while the resources are read. Errors of the org and of the vars are AttributionErrors.
    """
    reader = Reader(
        Client(settings or common_settings.dynamics()),
        dbt_vars(variables),
        since,
        until,
        notes if notes is not None else [],
    )
    reader.unread.update(RAW_TABLES)
    return [
        *(_resource(name, table, reader) for name, table in RAW_TABLES.items()),
        _marks("deleted_record", objects.DELETED_RECORD, ("table_name", "record_id"), reader, reader.deletions),
        _marks("full_read", objects.FULL_READ, ("table_name",), reader, reader.full_reads),
    ]


def _resource(name: str, table: objects.RawTable, reader: Reader) -> DltResource:
    """One raw table, merged by ``id``."""

    def rows() -> Iterator[Any]:
        yield from reader.rows(table, name)

    return dlt.resource(rows, name=name, primary_key="id", write_disposition="merge", columns=table.raw_columns)


def _marks(
    name: str, columns: dict[str, Any], key: tuple[str, ...], reader: Reader, collected: list[dict[str, Any]]
) -> DltResource:
    """A table of what was noticed while the tables above were read."""

    def rows() -> Iterator[Any]:
        yield from reader.marks(collected)

    hints = {column: {**hint, "name": column} for column, hint in columns.items()}
    return dlt.resource(rows, name=name, primary_key=key, write_disposition="merge", columns=hints)
