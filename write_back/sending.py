"""Sends one plan: threads talk to the org, the ledger is written by the calling thread alone."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import TYPE_CHECKING

from common.errors import AttributionError
from common.warehouse import Warehouse
from write_back import ledger
from write_back.client import GenesysClient
from write_back.ledger import FAILED, PENDING, SENT
from write_back.records import Outcome, Task
from write_back.target import Target

if TYPE_CHECKING:
    from write_back.run import WriteBackSummary

logger = logging.getLogger(__name__)

WORKERS = 4
RECORDS_PER_COMMIT = 50
SECONDS_PER_COMMIT = 2.0
# So many writes in a row that the service itself failed, and the rest is left for another run.
MOST_OUTAGES_IN_A_ROW = 10
# A record that so many runs in a row were refused is left alone from then on.
RUNS_PER_RECORD = 3

Call = Future[list[Outcome]]


@dataclass(frozen=True)
class Failed:
    """A record that did not get there: what a reader knows it by, and why, in the org's words."""

    name: str
    error: str
    is_given_up: bool = False


class Sending:
    """Brings the tasks of one plan to one target."""

    def __init__(
        self,
        client: GenesysClient,
        target: Target,
        scope: str,
        failures: dict[str, ledger.Failure],
        warehouse: Warehouse,
        summary: WriteBackSummary,
        max_requests: int | None,
    ) -> None:
        self.client = client
        self.target = target
        self.scope = scope
        self.failures = failures
        self.warehouse = warehouse
        self.summary = summary
        self.max_requests = max_requests
        self.batches = target.batches(summary.planned.tasks)
        self.waiting: list[list[Task]] = []
        self.open_calls: dict[Call, list[Task]] = {}
        self.unwritten: list[ledger.Entry] = []
        self.failed: list[ledger.Failure] = []
        self.mended: list[str] = []
        self.last_commit = time.monotonic()
        self.outages_in_a_row = 0

    def run(self, workers: int, progress: Callable[[int, int], None]) -> None:
        """Send all; whatever ends it early, what the target acknowledged is in the ledger afterwards."""
        total, done = len(self.summary.planned.tasks), 0
        progress(0, total)
        with ThreadPoolExecutor(workers, thread_name_prefix="write-back") as pool:
            try:
                while True:
                    if len(self.open_calls) < 2 * workers:
                        self._submit(pool, list(self._portion()))
                    if not self.open_calls:
                        break
                    finished, _ = wait(self.open_calls, SECONDS_PER_COMMIT, FIRST_COMPLETED)
                    for call in finished:
                        self.open_calls.pop(call)
                        done += self._note(call.result())
                        self._stop_in_an_outage()
                    progress(done, total)
                    if len(self.unwritten) >= RECORDS_PER_COMMIT or self._seconds_since_commit() > SECONDS_PER_COMMIT:
                        self._commit()
            finally:
                self.client.stop()
                pool.shutdown(cancel_futures=True)
                for call in self.open_calls:
                    if not call.cancelled() and call.exception() is None:
                        self._note(call.result())
                self._commit()

    def _portion(self) -> Iterator[list[Task]]:
        """The next batches: of some 50 records, and of as many requests as may still be made."""
        records = requests = 0
        while records < RECORDS_PER_COMMIT:
            batch = self.waiting.pop() if self.waiting else next(self.batches, None)
            if batch is None:
                return
            requests += self.target.requests(batch)
            if self.max_requests is not None and self._requests_so_far() + requests > self.max_requests:
                self.waiting.append(batch)
                return
            records += len(batch)
            yield batch

    def _requests_so_far(self) -> int:
        """Those made, and those that are expected of the calls that are open."""
        return self.client.requests + sum(self.target.requests(batch) for batch in self.open_calls.values())

    def _submit(self, pool: ThreadPoolExecutor, batches: list[list[Task]]) -> None:
        """Hand them to the threads, once the ledger says that they may be there: so a kill loses track of none."""
        pending = [self._entry(task, task.known_hash, task.version, PENDING) for batch in batches for task in batch]
        ledger.write(self.warehouse, pending)
        for batch in batches:
            self.open_calls[pool.submit(self.target.send, batch)] = batch

    def _note(self, outcomes: list[Outcome]) -> int:
        for outcome in outcomes:
            self.summary.not_tried -= 1
            task = outcome.task
            if outcome.error is None:
                self.unwritten.append(self._entry(task, task.row_hash, outcome.version, SENT))
                self.summary.retracted += task.is_retraction
                self.summary.sent += not task.is_retraction
                if task.record_id in self.failures:
                    self.mended.append(task.record_id)
            else:
                self._note_failure(outcome, outcome.error)
            self.outages_in_a_row = self.outages_in_a_row + 1 if outcome.is_outage else 0
        return len(outcomes)

    def _note_failure(self, outcome: Outcome, error: str) -> None:
        task = outcome.task
        logger.debug("%s: %s", task.name, error)
        self.unwritten.append(self._entry(task, task.known_hash, outcome.version, FAILED, error))
        before = self.failures.get(task.record_id)
        if before is not None and not outcome.is_gone and before.row_hash != task.row_hash:
            before = None
        # A service that is down says nothing about the record.
        runs = (before.runs if before else 0) + (not outcome.is_outage)
        now = ledger.now()
        failure = ledger.Failure(
            target=self.target.name,
            record_id=task.record_id,
            conversation_id=task.record.conversation_id,
            schema_id=self.scope,
            row_hash=task.row_hash,
            reason=error,
            runs=runs,
            is_gone=outcome.is_gone,
            is_given_up=not outcome.is_outage and runs >= RUNS_PER_RECORD,
            first_failed_at=before.first_failed_at if before else now,
            last_failed_at=now,
        )
        self.failed.append(failure)
        self.summary.failures.append(Failed(task.name, error, failure.is_given_up))

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
            target=self.target.name,
            record_id=task.record_id,
            conversation_id=task.record.conversation_id,
            schema_id=self.scope,
            row_hash=row_hash,
            version=version,
            sent_at=ledger.now(),
            status=status,
            error=error,
        )

    def _seconds_since_commit(self) -> float:
        return time.monotonic() - self.last_commit

    def _commit(self) -> None:
        ledger.write(self.warehouse, self.unwritten, self.failed, self.mended)
        self.unwritten, self.failed, self.mended = [], [], []
        self.last_commit = time.monotonic()
