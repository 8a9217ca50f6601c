"""dlt's DuckDB destination with a shorter way for rows whose keys are known to be unique."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import dlt
from dlt.common.destination import DestinationCapabilitiesContext
from dlt.common.destination.client import FollowupJobRequest, LoadJob
from dlt.common.destination.typing import PreparedTableSchema
from dlt.common.schema.utils import get_columns_names_with_prop
from dlt.destinations.impl.duckdb.duck import DuckDbClient, DuckDbCopyJob


class ReplacingDuckDb(dlt.destinations.duckdb):
    """The ``duckdb`` destination. It goes by that name, so that a warehouse that was loaded with dlt's goes on."""

    def __init__(self, **options: Any) -> None:
        super().__init__(destination_name="duckdb", **options)

    @property
    def client_class(self) -> type[DuckDbClient]:
        """The client that knows the shorter way."""
        return ReplacingClient

    def _raw_capabilities(self) -> DestinationCapabilitiesContext:
        """One file at a time: what two take together in memory would be twice as much."""
        capabilities = super()._raw_capabilities()
        capabilities.loader_parallelism_strategy = "sequential"
        return capabilities


class ReplacingClient(DuckDbClient):
    """Merges a file of unique keys straight into its table.

    dlt's own way writes every row twice, into a staging table and from there into its table. DuckDB compresses both,
    which is half of the time that a load of files takes.
    """

    def should_load_data_to_staging_dataset(self, table_name: str) -> bool:
        """A merge needs the staging table where it has doubles to look for."""
        if replaces_directly(self.prepare_load_table(table_name)):
            return False
        return super().should_load_data_to_staging_dataset(table_name)

    def create_load_job(
        self, table: PreparedTableSchema, file_path: str, load_id: str, restore: bool = False
    ) -> LoadJob:
        """The job for one file."""
        if replaces_directly(table) and file_path.endswith(".parquet"):
            return ReplacingJob(file_path)
        return super().create_load_job(table, file_path, load_id, restore)

    def _create_merge_followup_jobs(self, table_chain: Sequence[PreparedTableSchema]) -> list[FollowupJobRequest]:
        return [] if replaces_directly(table_chain[0]) else super()._create_merge_followup_jobs(table_chain)


class ReplacingJob(DuckDbCopyJob):
    """The rows of the file in place of those with their keys, both in one transaction: done again, it does no harm."""

    def run(self) -> None:
        """Delete, then insert."""
        client = self._job_client.sql_client
        table = client.make_qualified_table_name(self.load_table_name)
        [name] = get_columns_names_with_prop(self._load_table, "primary_key")
        key = client.escape_column_name(name)
        with client.begin_transaction():
            client.execute_sql(
                f"DELETE FROM {table} WHERE {key} IN (SELECT {key} FROM read_parquet('{self._file_path}'))"
            )
            super().run()


def replaces_directly(table: PreparedTableSchema) -> bool:
    """Whether a merge of the table is delete and insert by one key that stands once in what is loaded."""
    return (
        table["write_disposition"] == "merge"
        and table.get("x-merge-strategy") == "delete-insert"
        and bool(table.get("x-stage-data-deduplicated"))
        and len(get_columns_names_with_prop(table, "primary_key")) == 1
        and not get_columns_names_with_prop(table, "hard_delete")
    )
