"""Touches, conversions and costs from CSV, JSON lines or Parquet files → raw_files. The columns are in columns.py."""

from __future__ import annotations

import base64
import os
from collections.abc import Iterator, Mapping
from pathlib import Path

import dlt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from dlt.common.libs.pyarrow import py_arrow_to_table_schema_columns
from dlt.common.schema.typing import C_DLT_ID, C_DLT_LOAD_ID
from dlt.common.schema.utils import dlt_id_column, dlt_load_id_column
from dlt.extract import DltResource

from common import scratch, settings
from common.errors import AttributionError
from ingestion import pipeline
from ingestion.files.columns import TABLES, FileTable
from ingestion.files.source import source_file
from ingestion.files.spool import spool, spooled_rows

# Rows that come as Arrow get dlt's own two columns too, as those of every other source have them. dlt fills the id of
# the load in while it writes the rows; for an id of each row it would write all of them once more, so that comes along.
os.environ.setdefault("NORMALIZE__PARQUET_NORMALIZER__ADD_DLT_LOAD_ID", "true")
# Until it commits, DuckDB keeps some ten bytes of each row that is replaced, which it can't move to disk. So rows are
# replaced at most so many at a time, one commit after another, and the memory that it gets is the same for any file.
ROWS_AT_ONCE = 1_000_000
# Each thread holds rows of its own.
LOAD_LIMITS = {"memory_limit": "128MB", "threads": 2}
os.environ.setdefault("SOURCES__DATA_WRITER__FILE_MAX_ITEMS", str(ROWS_AT_ONCE))
# What touches and conversions meet by.
IDENTITY = ("lead_id", "phone_e164", "email")


def load_files(
    touches: Path | None = None, conversions: Path | None = None, costs: Path | None = None
) -> pipeline.LoadSummary:
    """Check all the files given, then load them; all three tables are made whichever they are.

    A row whose key is known replaces that row as a whole. Raises AttributionError naming file, line and column where
    anything in any of the files is wrong; then nothing of any of them is loaded.
    """
    given = {"touches": touches, "conversions": conversions, "costs": costs}
    named = {name: Path(path) for name, path in given.items() if path is not None}
    if not named:
        raise AttributionError("No file was named.", "Name at least one with --touches, --conversions or --costs.")
    settings.check_secrets_file()
    # A locked warehouse stops the load at once; one that is not there yet is not made for a file that may be refused.
    if settings.target() != "duckdb" or settings.duckdb_path().exists():
        pipeline.check_warehouse()
    with scratch.folder("files") as directory:
        spools, notes = check_files(named, directory)
        return pipeline.load(files(spools), notes=notes, limits=LOAD_LIMITS, untold=TABLES.keys() - spools.keys())


def check_files(named: Mapping[str, Path], directory: Path) -> tuple[dict[str, Path], list[str]]:
    """The files by table, each written to ``directory`` as it will be loaded, and what the user should know of them.

    Raises one AttributionError for all that is wrong with any of them.
    """
    spools: dict[str, Path] = {}
    notes: list[str] = []
    errors: list[AttributionError] = []
    for name, path in named.items():
        try:
            source = source_file(path, TABLES[name])
            spools[name] = spool(source, directory)
        except AttributionError as error:
            errors.append(error)
        except OSError as error:
            raise AttributionError(
                f"The checked rows of {path} can't be kept in {directory}: {error.strerror or error}.",
                "Make room there, or name another folder in TMPDIR; nothing was loaded.",
            ) from error
        else:
            notes += source.notes()
            if name != "costs" and not names_people(spools[name]):
                notes.append(
                    f"{path}: no row has a lead_id, an email or a phone that is a number, so none of these {name} "
                    "can meet anything: touches and conversions meet by one of the three."
                )
    if len(errors) == 1:
        raise errors[0]
    if errors:
        raise AttributionError(
            "\n".join(str(error) for error in errors[:-1]) + f"\n{errors[-1].message}", errors[-1].remedy
        )
    return spools, notes


def names_people(spooled: Path) -> bool:
    """Whether any touch or conversion says who the person is; true too where there is none but those that are gone."""
    nameless = False
    with pq.ParquetFile(spooled) as file:
        for rows in file.iter_batches(columns=[*IDENTITY, "is_deleted"]):
            there = rows.filter(pc.invert(rows["is_deleted"]))
            if any(pc.any(pc.not_equal(pc.utf8_trim_whitespace(there[name]), "")).as_py() for name in IDENTITY):
                return True
            nameless = nameless or there.num_rows > 0
    return not nameless


@dlt.source(name="files", max_table_nesting=0)
def files(spools: Mapping[str, Path]) -> list[DltResource]:
    """A resource for each table of the contract; ``spools`` holds the checked rows of those that have a file."""
    return [_resource(table, spools.get(table.name)) for table in TABLES.values()]


def _resource(table: FileTable, spooled: Path | None) -> DltResource:
    columns = {
        **py_arrow_to_table_schema_columns(table.schema),
        C_DLT_LOAD_ID: dlt_load_id_column(),
        C_DLT_ID: dlt_id_column(),
    }

    @dlt.resource(
        name=table.name,
        primary_key=table.key,
        # A key stands once in a checked file: without dlt's own search for doubles a merge needs far less memory.
        write_disposition={"disposition": "merge", "strategy": "delete-insert", "deduplicated": True},
        columns=columns,
    )
    def rows() -> Iterator[pa.Table]:
        for checked in [table.schema.empty_table()] if spooled is None else spooled_rows(spooled, table):
            yield with_dlt_columns(checked)

    return rows


def with_dlt_columns(rows: pa.Table) -> pa.Table:
    """The rows with dlt's two columns at the end: a random id in each, and room for the id of the load."""
    count = rows.num_rows
    # 21 bytes are 28 characters of base64, which is two ids of the length that dlt gives them.
    text = base64.b64encode(os.urandom(21 * (count // 2 + 1)))
    width = 14
    ids = pa.Array.from_buffers(pa.binary(width), count, [None, pa.py_buffer(text)]).cast(pa.string())
    fields = [pa.field(name, pa.string(), nullable=False) for name in (C_DLT_LOAD_ID, C_DLT_ID)]
    return rows.append_column(fields[0], pa.repeat("", count)).append_column(fields[1], ids)
