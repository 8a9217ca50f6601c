"""How fast a load is on one core, and how much memory it takes: ``python -m bench.load`` from the project's folder.

Each run is a process of its own, pinned to one CPU and with a new warehouse in a temporary folder. Rates are per second
of CPU time of that process, so that what else runs on the machine counts little; the wall time is printed beside it.
Linux only, for the pinning and for /proc.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from common.settings import PROJECT_DIR

ROWS = 1_000_000
RUNS = 3
# Of the sandbox: 48,000 conversations.
SCALE = 4.0
AS_OF = date(2026, 6, 15)
# Rows per second and core; conversations per second and core; peak memory with ten times the rows, as a ratio.
PLAIN_BOUND, PHONES_BOUND, CONVERSATIONS_BOUND = 200_000, 40_000, 2_000
# "The same" but for what an allocator and a cache do in one run and not in the next.
MEMORY_BOUND = 1.1

Row = dict[str, Any]


def measure(rows: int = ROWS, runs: int = RUNS, scale: float = SCALE) -> list[Row]:
    """All figures, each the median of ``runs``: what, against what, measured, its bound, and whether that holds."""
    with tempfile.TemporaryDirectory(prefix="attribution_bench_") as name:
        folder = Path(name)
        return [*files(folder, rows, runs), *memory(folder, rows), *genesys(folder, runs, scale)]


def files(folder: Path, rows: int = ROWS, runs: int = RUNS) -> Iterator[Row]:
    """Rows per second of an upsert: the same file a second time, so that every row replaces one."""
    kinds = {
        "without phones": (None, PLAIN_BOUND),
        "with phones, ten touches a person": (rows // 10, PHONES_BOUND),
        "with phones, each another": (rows, PHONES_BOUND),
    }
    for kind, (people, bound) in kinds.items():
        path = touches(folder / "touches.parquet", rows, phones=people)
        found = [in_child("files", folder, str(path))[1] for _ in range(runs)]
        yield rate(f"load files from Parquet, upserting, {kind}", rows, found, bound)


def memory(folder: Path, rows: int = ROWS) -> Iterator[Row]:
    """Peak resident memory of the process that inserts and then upserts, with ``rows`` and with ten times as many."""
    peaks = [
        in_child("files", folder, str(touches(folder / "touches.parquet", count)))[1]["peak_mib"]
        for count in (rows, 10 * rows)
    ]
    ratio = round(peaks[1] / peaks[0], 2)
    yield {
        "what": f"peak memory of a load of {10 * rows:,} rows ({peaks[1]:,.0f} MiB)",
        "against": f"of {rows:,} rows ({peaks[0]:,.0f} MiB)",
        "measured": ratio,
        "bound": MEMORY_BOUND,
        "holds": ratio <= MEMORY_BOUND,
    }


def genesys(folder: Path, runs: int = RUNS, scale: float = SCALE) -> Iterator[Row]:
    """Conversations per second. The sandbox serves its job pages from a process of its own, whose time is not counted.

    The time has all that such a load does: the login, the other tables and the contacts, too.
    """
    with sandbox(scale) as environment:
        found = [in_child("genesys", folder, environment=environment)[0] for _ in range(runs)]
    yield rate("Genesys conversations from job pages into raw", found[0]["rows"], found, CONVERSATIONS_BOUND)


def rate(what: str, rows: int, found: list[Row], bound: float) -> Row:
    """A row of rows per second of CPU time."""
    measured = round(rows / statistics.median(each["cpu"] for each in found))
    wall = round(rows / statistics.median(each["wall"] for each in found))
    return {
        "what": f"{what}: {rows:,} rows",
        "against": f"rows per second of CPU time on one core ({wall:,} by the clock)",
        "measured": measured,
        "bound": bound,
        "holds": measured >= bound,
    }


def touches(path: Path, rows: int, phones: int | None = None) -> Path:
    """A Parquet file of touches of people with a long tail; with ``phones``, of so many numbers in equal shares."""
    number = "'+1' || (2125550000 + i % $phones)" if phones else "null::varchar"
    with duckdb.connect() as connection:
        connection.execute(
            f"""
            copy (
                with people as (
                    -- The cube of an even spread: a tenth of the people have nearly half of the touches.
                    select i, floor($rows / 10 * pow(hash(i) / 18446744073709551616.0, 3))::bigint as person
                    from range($rows) as numbers(i)
                )
                select
                    'touch-' || lpad(i::varchar, 12, '0') as touch_id,
                    timestamptz '2025-01-01 00:00:00+00' + to_seconds((hash(i + 1) % 31536000)::bigint) as touched_at,
                    '00Q' || lpad(person::varchar, 15, '0') as lead_id,
                    {number} as phone,
                    'person' || person || '@mail.example' as email,
                    ['outbound_call', 'inbound_call', 'sms', 'email'][1 + (hash(i + 2) % 4)::int] as channel,
                    'campaign-' || (hash(i + 3) % 40) as campaign_id,
                    (hash(i + 4) % 9)::int as touch_sequence,
                    'agent-' || (hash(i + 5) % 300) as agent_id,
                    'queue-' || (hash(i + 6) % 12) as queue_id,
                    'SALE' as disposition_code,
                    ((hash(i + 7) % 500) / 100)::decimal(18, 2) as cost,
                    false as is_deleted
                from people
            ) to '{path}' (format parquet)
            """,
            {"rows": rows} | ({"phones": phones} if phones else {}),
        )
    return path


def in_child(job: str, folder: Path, *arguments: str, environment: dict[str, str] | None = None) -> list[Row]:
    """What a process of its own, with a new warehouse, says of each load that it made."""
    warehouse = folder / "warehouse.duckdb"
    warehouse.unlink(missing_ok=True)
    done = subprocess.run(
        [sys.executable, "-m", "bench.load", "--child", job, *arguments],
        cwd=PROJECT_DIR,
        env={
            **os.environ,
            **(environment or {}),
            "PYTHONPATH": str(PROJECT_DIR),
            "ATTRIBUTION_TARGET": "duckdb",
            "ATTRIBUTION_DUCKDB_PATH": str(warehouse),
            "TMPDIR": str(folder),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"The load that is measured failed:\n{done.stderr}")
    return [json.loads(line) for line in done.stdout.splitlines()]


def child(job: str, *arguments: str) -> None:
    """Load on one CPU (files: twice, an insert and an upsert); a line of JSON for each load."""
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    from ingestion.files import load_files
    from ingestion.pipeline import run_source

    for _ in range(2 if job == "files" else 1):
        cpu, wall = time.process_time(), time.perf_counter()
        if job == "files":
            rows = load_files(touches=Path(arguments[0])).rows["touches"]
        else:
            rows = run_source("genesys").rows["conversations"]
        print(
            json.dumps(
                {
                    "rows": rows,
                    "cpu": time.process_time() - cpu,
                    "wall": time.perf_counter() - wall,
                    "peak_mib": peak_mib(),
                }
            ),
            flush=True,
        )


def peak_mib() -> float:
    """Of this process alone: getrusage would count what the process it was forked from held."""
    status = Path("/proc/self/status").read_text()
    return next(int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith("VmHWM"))


@contextmanager
def sandbox(scale: float) -> Iterator[dict[str, str]]:
    """A sandbox in another process, and the settings that lead to it."""
    script = (
        "import json, sys; from datetime import date; from sandbox.content import build_org; "
        "from sandbox.server import Sandbox\n"
        f"org = build_org(seed=1, scale={scale}, as_of=date.fromisoformat('{AS_OF}'))\n"
        "with Sandbox(org, rate_limit=1_000_000) as running:\n"
        "    print(json.dumps(running.environment), flush=True); sys.stdin.read()"
    )
    running = subprocess.Popen(
        [sys.executable, "-c", script],
        cwd=PROJECT_DIR,
        env={**os.environ, "PYTHONPATH": str(PROJECT_DIR)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert running.stdout is not None
        yield json.loads(running.stdout.readline())
    finally:
        running.communicate("")


def main() -> None:
    """Print a table of what was measured; the exit status is 1 where a bound does not hold."""
    parser = argparse.ArgumentParser(prog="python -m bench.load", description=__doc__)
    parser.add_argument("--rows", type=int, default=ROWS, help="rows of a file; memory is measured with 10 times more")
    parser.add_argument("--runs", type=int, default=RUNS, help="runs that a median is taken of")
    parser.add_argument("--scale", type=float, default=SCALE, help="size of the sandbox; 1 is 12,000 conversations")
    parser.add_argument("--child", nargs="+", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.child:
        child(*given.child)
        return
    found = measure(given.rows, given.runs, given.scale)
    for row in found:
        holds = "holds" if row["holds"] else "MISSES"
        print(f"{row['what']}\n    {row['measured']:,} (bound {row['bound']:,}: {holds}), {row['against']}")
    sys.exit(0 if all(row["holds"] for row in found) else 1)


if __name__ == "__main__":
    main()
