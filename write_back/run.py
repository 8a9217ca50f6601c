"""The write-back: make the schema where it is missing, send what changed, keep the ledger."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field

from common import settings
from common.errors import AttributionError
from common.warehouse import Warehouse, connect
from write_back import ledger
from write_back.client import GenesysClient
from write_back.ledger import FAILED, PENDING, SENT
from write_back.plan import Plan, make_plan, read_export
from write_back.records import Outcome, Task, send
from write_back.schema import find_schema, make_schema

logger = logging.getLogger(__name__)

WORKERS = 4
ROWS_PER_COMMIT = 50
SECONDS_PER_COMMIT = 2.0
# So many writes in a row that the service itself failed, and the rest is left for another run.
MOST_OUTAGES_IN_A_ROW = 10

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Failure:
    """A record that did not get there, and why, in the org's words."""

    conversation_id: str
    error: str


@dataclass
class WriteBackSummary:
    """What a run did, or with ``dry_run`` what it would do: then only ``planned`` and ``unchanged`` count.

    ``sent`` are rows of the export, ``retracted`` records set to zero; ``failures`` names the failed ones of both.
    ``seconds`` is the time that it took, or that it would take at ``requests_per_minute``.
    """

    dry_run: bool
    planned: Plan
    requests_per_minute: int
    makes_schema: bool
    sent: int = 0
    retracted: int = 0
    unchanged: int = 0
    seconds: float = 0.0
    failures: list[Failure] = field(default_factory=list)

    @property
    def failed(self) -> int:
        """How many records did not get there; a later run tries them again."""
        return len(self.failures)


def write_back(dry_run: bool = False, progress: Progress | None = None, workers: int = WORKERS) -> WriteBackSummary:
    """Bring the org's records in line with the export; ``progress`` is called with (done, of how many).

    A record that fails is in the summary and in the ledger, and the rest goes on. Raises AttributionError where the
    run as a whole can't go on (credentials, permission, schema, network, no build); what was sent until then is in
    the ledger. A dry run reads the warehouse and the org, and writes to neither.
    """
    client = GenesysClient(settings.genesys())
    started_at, began = ledger.now(), time.monotonic()
    # A reading connection first: it makes no DuckDB file where there is none.
    with connect(read_only=True) as warehouse:
        rows = read_export(warehouse)
        schema_id = find_schema(client)
        plan = make_plan(rows, ledger.read(warehouse, schema_id))
    summary = WriteBackSummary(
        dry_run=dry_run,
        planned=plan,
        requests_per_minute=settings.genesys_requests_per_minute(),
        makes_schema=schema_id is None,
        unchanged=plan.unchanged,
    )
    if dry_run:
        summary.seconds = 60 * plan.minutes(summary.requests_per_minute)
        return summary
    with connect() as warehouse:
        schema_id = schema_id or make_schema(client)
        ledger.make_tables(warehouse)
        try:
            _Sending(client, warehouse, schema_id, summary, workers).run(progress or (lambda done, total: None))
        finally:
            summary.seconds = time.monotonic() - began
            ledger.write_run(warehouse, started_at, summary.sent, summary.failed, summary.unchanged, summary.retracted)
    return summary


class _Sending:
    """The sending of one plan. Threads talk to the org; the ledger is written by the calling thread alone."""

    def __init__(
        self,
        client: GenesysClient,
        warehouse: Warehouse,
        schema_id: str,
        summary: WriteBackSummary,
        workers: int,
    ) -> None:
        self.client = client
        self.warehouse = warehouse
        self.schema_id = schema_id
        self.summary = summary
        self.workers = workers
        self.open_calls: set[Future[Outcome]] = set()
        self.unwritten: list[ledger.Entry] = []
        self.last_commit = time.monotonic()
        self.outages_in_a_row = 0

    def run(self, progress: Progress) -> None:
        """Send all; whatever ends it early, what the org acknowledged is in the ledger afterwards."""
        tasks = self.summary.planned.tasks
        batches = (tasks[start : start + ROWS_PER_COMMIT] for start in range(0, len(tasks), ROWS_PER_COMMIT))
        progress(0, len(tasks))
        done = 0
        with ThreadPoolExecutor(self.workers, thread_name_prefix="write-back") as pool:
            try:
                while True:
                    if len(self.open_calls) < 2 * self.workers:
                        self._submit(pool, next(batches, []))
                    if not self.open_calls:
                        break
                    finished, _ = wait(self.open_calls, SECONDS_PER_COMMIT, FIRST_COMPLETED)
                    for call in finished:
                        self.open_calls.discard(call)
                        self._note(call.result())
                        self._stop_in_an_outage()
                        done += 1
                    progress(done, len(tasks))
                    if len(self.unwritten) >= ROWS_PER_COMMIT or self._seconds_since_commit() > SECONDS_PER_COMMIT:
                        self._commit()
            finally:
                self.client.stop()
                pool.shutdown(cancel_futures=True)
                for call in self.open_calls:
                    if not call.cancelled() and call.exception() is None:
                        self._note(call.result())
                self._commit()

    def _submit(self, pool: ThreadPoolExecutor, batch: list[Task]) -> None:
        """Hand a batch to the threads, once the ledger says that it may be there: so a kill loses track of none."""
        ledger.write(self.warehouse, [self._entry(task, task.known_hash, task.version, PENDING) for task in batch])
        self.open_calls |= {pool.submit(send, self.client, task, self.schema_id) for task in batch}

    def _note(self, outcome: Outcome) -> None:
        task = outcome.task
        if outcome.error is None:
            self.unwritten.append(self._entry(task, task.row_hash, outcome.version, SENT))
            self.summary.retracted += task.is_retraction
            self.summary.sent += not task.is_retraction
        else:
            logger.debug("Conversation %s: %s", task.conversation_id, outcome.error)
            self.unwritten.append(self._entry(task, task.known_hash, outcome.version, FAILED, outcome.error))
            self.summary.failures.append(Failure(task.conversation_id, outcome.error))
        self.outages_in_a_row = self.outages_in_a_row + 1 if outcome.is_outage else 0

    def _stop_in_an_outage(self) -> None:
        if self.outages_in_a_row >= MOST_OUTAGES_IN_A_ROW:
            raise AttributionError(
                f"Genesys Cloud failed {self.outages_in_a_row} writes in a row, the last with "
                f"{self.summary.failures[-1].error}.",
                "Run the write-back again later; it goes on with what is not there yet.",
            )

    def _entry(
        self, task: Task, row_hash: str | None, version: int | None, status: str, error: str | None = None
    ) -> ledger.Entry:
        return ledger.Entry(
            task.conversation_id, task.record_id, self.schema_id, row_hash, version, ledger.now(), status, error
        )

    def _seconds_since_commit(self) -> float:
        return time.monotonic() - self.last_commit

    def _commit(self) -> None:
        ledger.write(self.warehouse, self.unwritten)
        self.unwritten = []
        self.last_commit = time.monotonic()
