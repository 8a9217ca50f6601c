"""The write-back: hold what should be there against what is known to be, send the difference, keep the ledger."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from common import lock, settings
from common.errors import AttributionError
from common.warehouse import connect
from write_back import ledger
from write_back.client import GenesysClient
from write_back.plan import Plan, make_plan
from write_back.records import Record
from write_back.sending import WORKERS, Failed, Sending
from write_back.target import Target, export_rows
from write_back.targets import make_target

logger = logging.getLogger(__name__)

NOTHING = "There is nothing to write back: no conversation of Genesys Cloud has credit, and none was written to before."

Progress = Callable[[int, int], None]


@dataclass
class WriteBackSummary:
    """What a run did, or with ``dry_run`` what it would do: then only ``planned`` and ``unchanged`` count.

    ``sent`` are records of the export, ``retracted`` those set to zero; ``failures`` names the failed ones of both.
    ``given_up`` failed in earlier runs and were left alone, ``not_tried`` are left for another run (``max_requests``,
    ``since``). ``requests`` and ``seconds`` are what it took, or what it would take at ``requests_per_minute``;
    ``makes`` is what it makes in the org first, ``note`` what the plan goes by where it is not the org.
    """

    dry_run: bool
    target: str
    planned: Plan
    requests_per_minute: int
    requests_per_day: int
    makes: str = ""
    note: str = ""
    sent: int = 0
    retracted: int = 0
    unchanged: int = 0
    given_up: int = 0
    not_tried: int = 0
    requests: int = 0
    seconds: float = 0.0
    failures: list[Failed] = field(default_factory=list)

    @property
    def failed(self) -> int:
        """How many records did not get there in this run."""
        return len(self.failures)

    @property
    def newly_given_up(self) -> int:
        """How many of them no later run tries again by itself."""
        return sum(each.is_given_up for each in self.failures)


@dataclass(frozen=True)
class Estimate:
    """What a run will take, before it begins: seconds at the rate limit, and the share of a day's requests."""

    records: int
    requests: int
    seconds: float
    share_of_day: float


def write_back(
    dry_run: bool = False,
    progress: Progress | None = None,
    workers: int = WORKERS,
    since: datetime | None = None,
    max_requests: int | None = None,
    retry_failures: bool = False,
    announce: Callable[[Estimate], None] | None = None,
) -> WriteBackSummary:
    """Bring the target that the var write_back_target names in line with the export.

    ``progress`` is called with (done, of how many), ``announce`` with the estimate before anything is sent. ``since``
    leaves out what earned from no conversion at or after it, ``max_requests`` ends the run before it has made more
    requests than that, ``retry_failures`` tries what was given up.

    A record that fails is in the summary and in the ledger, and the rest goes on. Raises AttributionError where the
    run as a whole can't go on (credentials, permission, schema, network, no build, another run); what was sent until
    then is in the ledger. A dry run reads the warehouse and the org, and writes to neither; without the org's settings
    it goes by the ledger. Where nothing is to be sent and nothing was before, the org is not asked.
    """
    if dry_run:
        return _planned(GenesysClient(), True, since, retry_failures)[0]
    with lock.alone("attribution write-back"):
        client = GenesysClient()
        started_at, began = ledger.now(), time.monotonic()
        summary, target, scope, failures = _planned(client, False, since, retry_failures)
        if summary.note:
            return summary
        if announce is not None:
            announce(estimate(summary, max_requests))
        with connect() as warehouse:
            ledger.make_tables(warehouse)
            scope = scope or target.prepare()
            sending = Sending(client, target, scope, failures, warehouse, summary, max_requests)
            try:
                sending.run(workers, progress or (lambda done, total: None))
            finally:
                summary.seconds, summary.requests = time.monotonic() - began, client.requests
                ledger.write_run(
                    warehouse,
                    started_at=started_at,
                    target=summary.target,
                    sent=summary.sent,
                    failed=summary.failed,
                    unchanged=summary.unchanged,
                    retracted=summary.retracted,
                    given_up=summary.given_up,
                    not_tried=summary.not_tried,
                    requests=summary.requests,
                )
        return summary


def estimate(summary: WriteBackSummary, max_requests: int | None = None) -> Estimate:
    """What the planned records take, or what ``max_requests`` allows of it."""
    requests = summary.requests if max_requests is None else min(summary.requests, max_requests)
    return Estimate(
        records=len(summary.planned.tasks),
        requests=requests,
        seconds=60 * requests / summary.requests_per_minute,
        share_of_day=requests / summary.requests_per_day,
    )


def _planned(
    client: GenesysClient, dry_run: bool, since: datetime | None, retry_failures: bool
) -> tuple[WriteBackSummary, Target, str | None, dict[str, ledger.Failure]]:
    """The summary before anything was sent; the target, its scope, and what failed in it before."""
    # A reading connection: it makes no DuckDB file where there is none.
    with connect(read_only=True) as warehouse:
        target = make_target(warehouse, client)
        known_scopes = ledger.scopes(warehouse, target.name)
        note, scope = "", None
        records: list[Record] = []
        if target.is_whole or known_scopes or export_rows(warehouse):
            records = target.records(warehouse)
            note = _lacking(client) if dry_run and not target.is_whole else ""
            scope = next(iter(known_scopes), None) if note else target.scope()
        else:
            note = NOTHING
        failures = ledger.read_failures(warehouse, target.name, scope)
        known = ledger.read(warehouse, target.name, scope)
    plan = make_plan(records, known, failures, None if target.is_whole else _utc(since), retry_failures)
    target.whole = plan.whole
    requests = target.requests(plan.tasks)
    per_minute = settings.genesys_requests_per_minute()
    summary = WriteBackSummary(
        dry_run=dry_run,
        target=target.name,
        planned=plan,
        requests_per_minute=per_minute,
        requests_per_day=settings.genesys_requests_per_day(),
        makes="" if scope or note else target.makes,
        note=note,
        unchanged=plan.unchanged,
        given_up=plan.given_up,
        not_tried=plan.older + len(plan.tasks),
        requests=requests,
        seconds=60 * requests / per_minute,
    )
    return summary, target, scope, failures


def _lacking(client: GenesysClient) -> str:
    """What a dry run says where the org can't be asked, since settings are missing; empty where none is."""
    try:
        _ = client.settings
    except AttributionError as error:
        return f"The org was not asked, so this is what the ledger knows. What it lacks: {error}"
    return ""


def _utc(moment: datetime | None) -> datetime | None:
    """A moment as the warehouse keeps it: UTC, without a zone."""
    return moment.astimezone(UTC).replace(tzinfo=None) if moment and moment.tzinfo else moment
