"""Credit as a file, CSV or Parquet, for whatever fetches one: a Data Connector target, a share, another warehouse."""

from __future__ import annotations

import filecmp
from collections.abc import Iterator
from pathlib import Path

import duckdb

from common.attribution_attributes import ATTRIBUTION_ATTRIBUTES
from common.errors import AttributionError
from common.settings import PROJECT_DIR
from common.warehouse import Warehouse
from write_back.client import GenesysClient
from write_back.records import Outcome, Record, Task, record_of
from write_back.target import Target, export_rows

TYPES = {"number": "double", "integer": "bigint", "text": "varchar"}
FORMATS = {".csv": "format csv, header true", ".parquet": "format parquet, compression zstd"}
ROWS_PER_INSERT = 500


class File(Target):
    """All records in one file, by conversation: ``conversation_id`` and the seven titles.

    The file is always whole, and is put in place of the last one in one step, so a reader sees the one or the other.
    What was taken back stays in it with zeros. Where nothing has changed the file is left as it is, time and all.
    """

    name = "file"
    is_whole = True

    def __init__(self, client: GenesysClient, path: str) -> None:
        super().__init__(client)
        self.path = PROJECT_DIR / path
        if self.path.suffix not in FORMATS:
            raise AttributionError(
                f"The var write_back_file is {path!r}.",
                f"It is the path of a file that ends in {' or '.join(FORMATS)}.",
            )

    def records(self, warehouse: Warehouse) -> list[Record]:
        """One for each row of the export."""
        return [record_of(row, row["conversation_id"]) for row in export_rows(warehouse)]

    def scope(self) -> str:
        """The file."""
        return str(self.path)

    def batches(self, tasks: list[Task]) -> Iterator[list[Task]]:
        """All at once, also when there are none: the file itself says whether it is as it should be."""
        yield tasks

    def requests(self, tasks: list[Task]) -> int:
        """None: nothing is asked of the org."""
        return 0

    def send(self, batch: list[Task]) -> list[Outcome]:
        """Write the whole file, and put it in place where it differs."""
        # The lock of the run keeps others from it; what a killed run has left of it is written over.
        beside = self.path.with_name(f".part-{self.path.name}")
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            write(beside, self.whole)
            if not self.path.exists() or not filecmp.cmp(beside, self.path, shallow=False):
                beside.replace(self.path)
            else:
                beside.unlink()
        except (OSError, duckdb.Error) as error:
            raise AttributionError(
                f"{self.path} can't be written: {str(error).splitlines()[0]}",
                "Check the var write_back_file and the disk.",
            ) from error
        return [Outcome(task) for task in batch]


def write(path: Path, records: list[Record]) -> None:
    """Write these records as CSV or Parquet, by the ending of ``path``, in the order of their ids."""
    columns = {"conversation_id": "varchar", **{title: TYPES[kind] for title, kind in ATTRIBUTION_ATTRIBUTES.items()}}
    mark = f"({', '.join('?' for _ in columns)})"
    with duckdb.connect() as connection:
        described = ", ".join(f'"{name}" {kind}' for name, kind in columns.items())
        connection.execute(f"create table record ({described})")
        ordered = sorted(records, key=lambda record: record.record_id)
        for first in range(0, len(ordered), ROWS_PER_INSERT):
            rows = [[each.record_id, *each.values.values()] for each in ordered[first : first + ROWS_PER_INSERT]]
            connection.execute(
                f"insert into record values {', '.join(mark for _ in rows)}", [value for row in rows for value in row]
            )
        quoted = str(path).replace("'", "''")
        connection.execute(
            f"copy (select * from record order by conversation_id) to '{quoted}' ({FORMATS[path.suffix]})"
        )
