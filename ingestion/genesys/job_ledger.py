"""Which details jobs were asked for and not yet stored, kept in the warehouse: another process takes them up."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from common import warehouse

SCHEMA, TABLE = "load_log", "genesys_jobs"
# Results are gone from the org long before; what is older was left behind by a load that nobody took up.
FORGOTTEN_AFTER = timedelta(days=7)


class JobLedger:
    """load_log.genesys_jobs: one row per interval (as the API has it) with the job that was asked for.

    Each call opens the warehouse for a moment, so none may be made while dlt stores.
    """

    def __init__(self) -> None:
        with warehouse.connect() as opened:
            opened.execute(f"create schema if not exists {SCHEMA}")
            opened.execute(
                f"create table if not exists {SCHEMA}.{TABLE}"
                " (job_interval varchar, job_id varchar, asked_at timestamp with time zone)"
            )
            opened.execute(f"delete from {SCHEMA}.{TABLE} where asked_at < ?", [datetime.now(UTC) - FORGOTTEN_AFTER])

    def jobs(self) -> dict[str, str]:
        """Job id by interval."""
        with warehouse.connect() as opened:
            rows = opened.query(f"select job_interval, job_id from {SCHEMA}.{TABLE}")
        return {row["job_interval"]: row["job_id"] for row in rows}

    def keep(self, interval: str, job_id: str) -> None:
        """Note the job of an interval, in place of the one that was known."""
        with warehouse.connect() as opened:
            opened.execute(f"delete from {SCHEMA}.{TABLE} where job_interval = ?", [interval])
            opened.execute(
                f"insert into {SCHEMA}.{TABLE} (job_interval, job_id, asked_at) values (?, ?, ?)",
                [interval, job_id, datetime.now(UTC)],
            )

    def drop(self, intervals: list[str]) -> None:
        """Forget the jobs of intervals that are stored."""
        if not intervals:
            return
        marks = ", ".join("?" for _ in intervals)
        with warehouse.connect() as opened:
            opened.execute(f"delete from {SCHEMA}.{TABLE} where job_interval in ({marks})", intervals)
