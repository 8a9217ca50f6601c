"""DuckDB and the stand-in for Snowflake side by side, at size: ``make parity``.

    .venv/bin/python tests/snowflake/parity.py [--touches 100000] [--scale 1]

The sandbox's whole demo from both CRMs, events of a webhook, and so many touches from files, built with all dbt tests
on both; then a second batch, built on both as a build of what has changed. After that `attribution run` on both, each
with a sandbox of its own, from its loads to its write-back. Prints how many rows and cells were compared. At the end
sqlfluff reads all SQL as Snowflake's. Exits 1 where a cell differs or the SQL is not clean.
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
from common import settings
from common.compare import compare
from common.settings import PROJECT_DIR
from common.warehouse import connect
from ingestion.pipeline import run_source
from ingestion.webhook import load_webhook
from ingestion.webhook.inbox import Delivery, Inbox
from sandbox.content import build_org
from sandbox.server import Sandbox

SOURCES = ("genesys", "salesforce", "dynamics", "files", "webhook")
WAREHOUSES = {"intermediate": "transform_large", "reports": "transform_small"}
VARS = json.dumps({"sources": SOURCES, "snowflake_warehouses": WAREHOUSES})
# Of the sandbox that the commands are tried on, at most.
SCALE_OF_COMMANDS = 0.1
AS_OF = date(2026, 6, 30)
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
            checks = [
                side_by_side(arguments.touches, arguments.scale, folder, on_duckdb, stand_in, patch),
                commands(min(arguments.scale, SCALE_OF_COMMANDS), folder, stand_in, patch),
                lint(folder, stand_in),
            ]
    print("parity: the same" if all(checks) else f"parity: {DATABASE} differs, or its SQL is not clean")
    return 0 if all(checks) else 1


def side_by_side(
    touches: int, scale: float, folder: Path, on_duckdb: dict[str, str], stand_in: StandIn, patch: pytest.MonkeyPatch
) -> bool:
    """Both batches; whether all is the same."""
    file = folder / "warehouse.duckdb"
    with Sandbox(build_org(seed=1, scale=scale, as_of=AS_OF), rate_limit=1_000_000) as sandbox:
        for name, value in sandbox.environment.items():
            patch.setenv(name, value)
        patch.setenv("ATTRIBUTION_DUCKDB_PATH", str(file))
        for source in ("genesys", "salesforce", "dynamics"):
            run_source(source)
    data.fill(file, touches)
    load_events(file, "first")
    all_equal = True
    for batch in ("first", "second"):
        if batch == "second":
            data.fill(file, touches // 50, first=touches, load_id="1800000000.0", day=LAST_DAY)
            point_at(on_duckdb, patch)
            load_events(file, "second")
        rows = stand_in.copy(file, [f"raw_{source}" for source in SOURCES])
        print(f"{batch} batch: {rows:,} raw rows on both", flush=True)
        for name, environment in (("duckdb", on_duckdb), ("snowflake", {**on_duckdb, **stand_in.environment})):
            seconds = build(folder / name, environment)
            print(f"  dbt build on {name}: {seconds:.0f} s", flush=True)
        point_at({**on_duckdb, **stand_in.environment}, patch)
        with connect(read_only=True, target="duckdb") as left, connect(target="snowflake") as right:
            all_equal &= report(compare(left, right))
    # dbt adds a comment of its own in the next line.
    used = {row["sql"].lower().split("\n")[0] for row in stand_in.written("statements.jsonl")}
    lacking = {name for name in WAREHOUSES.values() if f"use warehouse {name}" not in used}
    if lacking:
        print(f"no model ran on {lacking}")
    return all_equal and not lacking


def load_events(file: Path, batch: str) -> None:
    """Every fifth lead of Salesforce converts by an event too: half of them in the first batch, half in the second."""
    with connect(read_only=True, target="duckdb") as warehouse:
        leads = warehouse.query("select id from raw_salesforce.lead order by 1")
    chosen = [row["id"] for row in leads][0 if batch == "first" else 5 :: 10]
    events = [
        {"event_id": f"e-{lead}", "lead_id": lead, "converted_at": f"2026-06-{1 + n % 28:02}T{n % 24:02}:30:00+02:00"}
        | ({"conversion_value": n + 0.25, "currency": "USD"} if n % 2 else {})
        for n, lead in enumerate(chosen)
    ]
    deliveries = [
        Delivery(event["event_id"], json.dumps(event), event["event_id"].encode(), time.time() + 600)
        for event in events
    ]
    with Inbox(settings.webhook_inbox()) as inbox:
        inbox.keep(deliveries, time.time())
    assert load_webhook().rows["events"] == len(events) > 0


def commands(scale: float, folder: Path, stand_in: StandIn, patch: pytest.MonkeyPatch) -> bool:
    """`attribution run` on both, from an org without a load to its write-back; whether all comes out the same."""
    sent, environments = {}, {}
    for target in ("duckdb", "snowflake"):
        own = {"ATTRIBUTION_TARGET": "duckdb", "ATTRIBUTION_DUCKDB_PATH": str(folder / "run.duckdb")}
        if target == "snowflake":
            own |= {**stand_in.environment, "SNOWFLAKE_DATABASE": "run"}
        environments[target] = own
        with Sandbox(build_org(seed=1, scale=scale, as_of=AS_OF), rate_limit=1_000_000) as sandbox:
            environment = {**own, **sandbox.environment, "DBT_TARGET_PATH": str(folder / f"run_{target}")}
            environment["DBT_LOG_PATH"] = str(folder / "run_logs")
            ended = subprocess.run(
                [sys.executable, "-W", "ignore", "-m", "cli.main", "run", "--vars", "{late_source: warn}"],
                cwd=PROJECT_DIR,
                env={**os.environ, **environment},
                capture_output=True,
                text=True,
            )
        if ended.returncode:
            print(ended.stdout[-2000:], ended.stderr[-2000:])
            return False
        last = json.loads(ended.stdout.splitlines()[-1])
        sent[target] = [(step["step"], step.get("rows"), step.get("sent")) for step in last["steps"]]
        print(f"attribution run on {target}: {last['seconds']:.0f} s, {sent[target][-1][2]} records written back")
    point_at({**environments["duckdb"], **environments["snowflake"]}, patch)
    with connect(read_only=True, target="duckdb") as left, connect(target="snowflake") as right:
        is_same = report(compare(left, right))
    if sent["duckdb"] != sent["snowflake"]:
        print(f"the steps differ: {sent}")
    return is_same and sent["duckdb"] == sent["snowflake"]


def lint(folder: Path, stand_in: StandIn) -> bool:
    """sqlfluff in Snowflake's dialect, by the rules of .sqlfluff, over what dbt compiles for Snowflake."""
    folders = {"DBT_TARGET_PATH": str(folder / "lint"), "DBT_LOG_PATH": str(folder / "lint_logs")}
    ended = subprocess.run(
        [
            *(str(Path(sys.executable).with_name("sqlfluff")), "lint", "--dialect", "snowflake"),
            *("--processes", "2", "--disable-progress-bar", "models", "tests", "analyses"),
        ],
        cwd=PROJECT_DIR,
        env={**os.environ, **stand_in.environment, **folders, "PYTHONWARNINGS": "ignore"},
    )
    print("sqlfluff, Snowflake's dialect: " + ("clean" if ended.returncode == 0 else "see above"))
    return ended.returncode == 0


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
