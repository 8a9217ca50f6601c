"""DuckDB and the stand-in for Snowflake side by side, at size: ``make parity``.

    .venv/bin/python tests/snowflake/parity.py [--touches 100000] [--scale 1]

The sandbox's whole demo and so many touches from files, built with all dbt tests on both; then a second batch, built on
both as a build of what has changed. Prints how many rows and cells were compared, and exits 1 where one differs.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from datetime import date
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))
sys.path.insert(0, str(Path(__file__).parents[1] / "histories"))
sys.path.insert(0, str(Path(__file__).parents[1] / "dbt"))

import pytest
from both import DATABASE, StandIn, point_at

from bench import data
from cli.compare import report
from cli.dbt import DBT
from common.compare import compare
from common.settings import PROJECT_DIR
from common.warehouse import connect
from ingestion.pipeline import run_source
from sandbox.content import build_org
from sandbox.server import Sandbox

SOURCES = ("genesys", "salesforce", "files")
VARS = json.dumps({"sources": SOURCES})
# bench.data's touches lie in the year from July 2025; the second batch is its last day.
LAST_DAY = data.DAYS - 1


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--touches", type=int, default=100_000, help="touches from files (default 100000)")
    parser.add_argument("--scale", type=float, default=1.0, help="of the sandbox; 1 is the demo's")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="attribution_parity_") as place, pytest.MonkeyPatch.context() as patch:
        folder = Path(place)
        written = folder / "stand_in"
        written.mkdir()
        with StandIn(written) as stand_in:
            on_duckdb = {"ATTRIBUTION_TARGET": "duckdb", "ATTRIBUTION_DUCKDB_PATH": str(folder / "warehouse.duckdb")}
            point_at(on_duckdb, patch)
            return side_by_side(arguments.touches, arguments.scale, folder, on_duckdb, stand_in, patch)


def side_by_side(
    touches: int, scale: float, folder: Path, on_duckdb: dict[str, str], stand_in: StandIn, patch: pytest.MonkeyPatch
) -> int:
    """Both batches; 0 where all is the same, else 1."""
    file = folder / "warehouse.duckdb"
    with Sandbox(build_org(seed=1, scale=scale, as_of=date(2026, 6, 30)), rate_limit=1_000_000) as sandbox:
        for name, value in sandbox.environment.items():
            patch.setenv(name, value)
        patch.setenv("ATTRIBUTION_DUCKDB_PATH", str(file))
        for source in ("genesys", "salesforce"):
            run_source(source)
    data.fill(file, touches)
    all_equal = True
    for batch in ("first", "second"):
        if batch == "second":
            data.fill(file, touches // 50, first=touches, load_id="1800000000.0", day=LAST_DAY)
        rows = stand_in.copy(file, [f"raw_{source}" for source in SOURCES])
        print(f"{batch} batch: {rows:,} raw rows on both", flush=True)
        for name, environment in (("duckdb", on_duckdb), ("snowflake", {**on_duckdb, **stand_in.environment})):
            seconds = build(folder / name, environment)
            print(f"  dbt build on {name}: {seconds:.0f} s", flush=True)
        point_at({**on_duckdb, **stand_in.environment}, patch)
        with connect(read_only=True, target="duckdb") as left, connect(target="snowflake") as right:
            all_equal &= report(compare(left, right))
    print("parity: the same" if all_equal else f"parity: {DATABASE} differs")
    return 0 if all_equal else 1


def build(folder: Path, environment: dict[str, str]) -> float:
    """The whole `dbt build` with all tests; seconds. Ends this program where it fails."""
    begun = time.monotonic()
    folders = {"DBT_TARGET_PATH": str(folder / "target"), "DBT_LOG_PATH": str(folder / "logs")}
    ended = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", DBT, "build", "--quiet", "--vars", VARS],
        cwd=PROJECT_DIR,
        env={**os.environ, **environment, **folders, "DBT_PROFILES_DIR": str(PROJECT_DIR)},
    )
    if ended.returncode:
        raise SystemExit(1)
    return time.monotonic() - begun


if __name__ == "__main__":
    sys.exit(main())
