"""`make bench`: what building and loading cost, as ratios of things measured side by side, each held to a bound.

    .venv/bin/python -m bench.run [--touches 1000000 10000000] [--large 30000000] [--runs 3] [--only build load]

Prints a table, writes bench/results.json, and exits 1 where a bound is missed. ``--large`` is the size at which an
increment of 10,000 touches is held against the same at the smallest size.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import platform
import shutil
import statistics
import sys
import tempfile
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import duckdb

from bench import build, peer
from common.settings import PROJECT_DIR

RESULTS = Path(__file__).with_name("results.json")
GIB = 2**30
SMALLEST = 1000
MARTS = ("fct_attribution", "fct_conversions", "fct_single_win")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--touches", type=int, nargs="+", default=[1_000_000, 10_000_000], help="sizes, ascending")
    parser.add_argument("--large", type=int, default=30_000_000, help="size for the small increment; 0 leaves it out")
    parser.add_argument("--runs", type=int, default=3, help="how often each is measured; the median counts")
    parser.add_argument("--only", nargs="+", choices=["build", "load"], default=["build", "load"])
    arguments = parser.parse_args()
    rows: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory(prefix="attribution_bench_") as folder:
        if "build" in arguments.only:
            rows += builds(Path(folder), sorted(arguments.touches), arguments.large, arguments.runs)
        if "load" in arguments.only:
            from bench import load

            rows += load.measure()
    RESULTS.write_text(json.dumps({"machine": machine(), "results": rows}, indent=1) + "\n", encoding="utf-8")
    for found in rows:
        holds = "holds" if found["holds"] else "MISSES"
        print(f"{found['what']}, {found['against']}\n    {found['measured']:,} (bound {found['bound']:,}: {holds})")
    missed = sum(not found["holds"] for found in rows)
    print(f"{len(rows)} measured, {missed} missed; {RESULTS.relative_to(PROJECT_DIR)} has them.")
    return 1 if missed else 0


def machine() -> dict[str, Any]:
    """What the figures were measured on."""
    return {
        "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "duckdb": duckdb.__version__,
        "dbt-core": version("dbt-core"),
        "dbt-duckdb": version("dbt-duckdb"),
    }


def row(what: str, against: str, measured: float, bound: float) -> dict[str, Any]:
    """One line of the table; ``measured`` holds where it is ``bound`` or less."""
    return {
        "what": what,
        "against": against,
        "measured": round(measured, 3),
        "bound": bound,
        "holds": measured <= bound,
    }


def builds(folder: Path, sizes: list[int], large: int, runs: int) -> list[dict[str, Any]]:
    """Full builds, increments, growth and memory. What dbt costs on 1,000 rows is taken off every build."""
    _, smallest, full_of_smallest = build.built(folder, SMALLEST)
    increments = [build.increment(smallest, folder, SMALLEST, SMALLEST)["seconds"] for _ in range(runs)]
    python = peer.installed(folder)
    base, increment_base = full_of_smallest["seconds"], statistics.median(increments)
    rows, seconds, small_increments = [], {}, {}
    for size in sizes:
        print(f"{size:,} touches: full builds and their floor …", file=sys.stderr)
        measured, floors, credits, peers = [], [], [], []
        for _ in range(runs):
            raw, warehouse, full = build.built(folder, size)
            measured.append(full)
            credits.append(build.credit_seconds(warehouse, folder))
            peers.append(peer.seconds(warehouse, folder, python))
            floors.append(build.floor_seconds(raw, folder))
        seconds[size] = statistics.median(each["seconds"] for each in measured) - base
        day = statistics.median(
            build.increment(warehouse, folder, size, size // 365)["seconds"] - increment_base for _ in range(runs)
        )
        small_increments[size] = statistics.median(
            build.increment(warehouse, folder, size, 10_000)["seconds"] for _ in range(runs)
        )
        name = f"{size / 1e6:g} M touches"
        rows += [
            row(f"{name}: whole build", "times the floor", seconds[size] / statistics.median(floors), 4),
            row(
                f"{name}: all eight models with cents",
                "times one query for one model",
                statistics.median(eight / one for eight, one in credits),
                3,
            ),
            row(
                f"{name}: five models summed by channel",
                f"part of the time of {peer.PACKAGE.split('==')[0]}",
                statistics.median(ours / theirs for ours, theirs in peers),
                1,
            ),
            row(f"{name}: a day's increment", "part of the whole build", day / seconds[size], 0.1),
            row(f"{name}: peak memory of the build", "GiB", max(e["peak_bytes"] for e in measured) / GIB, 6),
        ]
    last = sizes[-1]
    rows.append(
        row(f"{last / 1e6:g} M touches under a memory_limit of 2 GiB", "rows that differ", bounded(folder, last), 0)
    )
    if len(sizes) > 1:
        exponent = math.log(seconds[last] / seconds[sizes[0]]) / math.log(last / sizes[0])
        rows.append(row(f"growth from {sizes[0] / 1e6:g} M to {last / 1e6:g} M touches", "exponent", exponent, 1.1))
    if large:
        _, warehouse, _ = build.built(folder, large)
        at_large = statistics.median(build.increment(warehouse, folder, large, 10_000)["seconds"] for _ in range(runs))
        what, against = f"10,000 touches more at {large / 1e6:g} M", f"times the same at {sizes[0] / 1e6:g} M"
        rows.append(row(what, against, at_large / small_increments[sizes[0]], 2))
    return rows


def bounded(folder: Path, touches: int) -> int:
    """How many rows of the marts differ where DuckDB may take 2 GiB and has to spill; the build has to end."""
    whole = folder / f"built-{touches}.duckdb"
    bounded = folder / "bounded.duckdb"
    shutil.copy(folder / f"raw-{touches}.duckdb", bounded)
    build.dbt(bounded, folder, "seed")
    build.dbt(bounded, folder, "run", memory_limit="2GiB")
    with duckdb.connect() as connection:
        connection.execute(f"attach '{whole}' as whole (read_only)")
        connection.execute(f"attach '{bounded}' as bounded (read_only)")
        different = 0
        for table in MARTS:
            for one, other in (("whole", "bounded"), ("bounded", "whole")):
                different += connection.execute(
                    f"select count(*) from (from {one}.marts.{table} except all from {other}.marts.{table})"
                ).fetchall()[0][0]
    bounded.unlink()
    return different


if __name__ == "__main__":
    sys.exit(main())
