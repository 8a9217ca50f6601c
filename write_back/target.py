"""What every place that credit is written back to has in common; each is a module of its own beside this one."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import Any, ClassVar

from common.errors import AttributionError
from common.warehouse import Warehouse
from write_back.client import GenesysClient
from write_back.records import Outcome, Record, Task

EXPORT = ("exports", "export_genesys_attribution")


class Target(ABC):
    """A place for records. A run asks ``records`` and ``scope``, then ``prepare``, then ``send`` for each batch.

    Threads may call ``send`` at once. What is wrong with one record is told in its outcome; what no record of the run
    could get past is an AttributionError.
    """

    # As the var write_back_target names it.
    name: ClassVar[str]
    # What the first run makes in the org, in words; empty where nothing has to be made.
    makes: ClassVar[str] = ""
    # Whether it is written as a whole: then neither part of the records nor of the requests can be left out.
    is_whole: ClassVar[bool] = False

    def __init__(self, client: GenesysClient) -> None:
        self.client = client
        # What it should hold once the plan is carried out, what was taken back included.
        self.whole: list[Record] = []

    @abstractmethod
    def records(self, warehouse: Warehouse) -> list[Record]:
        """Everything that the target should hold, the newest conversion first."""

    @abstractmethod
    def scope(self) -> str | None:
        """What the ledger's entries belong to (a schema of an org, an org, a file); None where it is not there yet."""

    def prepare(self) -> str:
        """Make what ``scope`` did not find; returns its id."""
        raise NotImplementedError

    def batches(self, tasks: list[Task]) -> Iterator[list[Task]]:
        """The tasks in the portions in which they are sent."""
        for task in tasks:
            yield [task]

    @abstractmethod
    def send(self, batch: list[Task]) -> list[Outcome]:
        """Get these records there; one outcome for each."""

    def requests(self, tasks: list[Task]) -> int:
        """About how many requests these tasks take: a write each, and a read where one has to come first."""
        return len(tasks) + sum(task.is_unsure for task in tasks)


def export_rows(warehouse: Warehouse) -> list[dict[str, Any]]:
    """All rows of the export. Raises AttributionError where no build has made it, or where it was built on nothing."""
    if not warehouse.exists(*EXPORT):
        raise AttributionError(
            f"The warehouse has no {'.'.join(EXPORT)}.", "Run `attribution load`, then `dbt build` first."
        )
    # The warehouse rounds the credits, by the cast that row_hash is built on: so both speak of the same figure.
    rows = warehouse.query(
        "select conversation_id, cast(attribution_credit as decimal(28, 9)) as attribution_credit, attributed_value, "
        "attribution_model, cast(single_win_credit as decimal(28, 9)) as single_win_credit, "
        "campaign_id, touch_sequence, conversion_count, last_converted_at, row_hash "
        f"from {'.'.join(EXPORT)} order by last_converted_at desc nulls last, conversation_id"
    )
    if not rows and not _has_touches(warehouse):
        # Without this a build on an empty warehouse would take back all that was ever sent.
        raise AttributionError(
            f"{'.'.join(EXPORT)} is empty, and so is the touches' table: the build had nothing to work on.",
            "Run `attribution load`, then `dbt build`, then the write-back again.",
        )
    return rows


def _has_touches(warehouse: Warehouse) -> bool:
    return warehouse.exists("marts", "fct_touches") and bool(
        warehouse.query("select 1 as found from marts.fct_touches limit 1")
    )


def needed(warehouse: Warehouse, view: tuple[str, str]) -> None:
    """Raise AttributionError where the last build did not make this export."""
    if not warehouse.exists(*view):
        raise AttributionError(f"The warehouse has no {'.'.join(view)}.", "Run `dbt build`, then the write-back again.")
