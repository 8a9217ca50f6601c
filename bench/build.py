"""What a build costs: dbt over the raw tables of `bench.data`, held against the least that anybody would have to write.

Every figure is a ratio of things measured side by side in one run, each in a process of its own; a time alone says
nothing on a shared machine.
"""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
from pathlib import Path
from typing import Any

from bench import data
from cli.dbt import DBT
from common.settings import PROJECT_DIR

VARS = json.dumps({"sources": ["files"]})
# The least: both raw tables copied, and one model's credit by a join, a window and a row number.
ONE_MODEL = """
    with qualifying as (
        select
            conversions.conversion_id, touches.touch_id, touches.touched_at,
            exp(-0.1 * date_diff('second', touches.touched_at, conversions.converted_at) / 86400) as term
        from {conversions} as conversions
        inner join {touches} as touches
            on
                conversions.lead_id = touches.lead_id
                and touches.touched_at < conversions.converted_at
                and touches.touched_at >= conversions.converted_at - interval 90 day
    )
    select
        conversion_id, touch_id,
        term / sum(term) over (partition by conversion_id) as credit,
        row_number() over (partition by conversion_id order by touched_at, touch_id) as position
    from qualifying
"""
FLOOR = f"""
import sys, time, duckdb
raw, out = sys.argv[1:3]
connection = duckdb.connect(out)
connection.execute("set enable_progress_bar = false")
connection.execute(f"attach '{{raw}}' as raw (read_only)")
started = time.perf_counter()
connection.execute("create table touches as from raw.raw_files.touches")
connection.execute("create table conversions as from raw.raw_files.conversions")
connection.execute('''create table credit as {ONE_MODEL.format(touches="touches", conversions="conversions")}''')
connection.execute("checkpoint")
print(time.perf_counter() - started)
"""


def floor_seconds(raw: Path, folder: Path) -> float:
    """Seconds for the copies and one model's credit, kept in a DuckDB file of their own."""
    out = folder / "floor.duckdb"
    [seconds] = printed(FLOOR, str(raw), str(out))
    out.unlink()
    return seconds


def printed(program: str, *arguments: str, python: str = sys.executable) -> list[float]:
    """The seconds that a Python program prints in a process of its own."""
    run = subprocess.run([python, "-c", program, *arguments], capture_output=True, text=True, check=True)
    return [float(line) for line in run.stdout.split()]


def dbt(path: Path, folder: Path, *arguments: str, memory_limit: str | None = None) -> dict[str, Any]:
    """Run dbt with one thread over the warehouse at ``path``; ``{seconds, peak_bytes, models}``.

    ``seconds`` is the execution time of the models together, without dbt's own start; ``peak_bytes`` the largest
    resident size of the process.
    """
    target = folder / "target"
    command = [*(sys.executable, "-c", DBT), *arguments, *("--threads", "1", "--vars", VARS)]
    environment = {
        **os.environ,
        "ATTRIBUTION_DUCKDB_PATH": str(path),
        "DBT_TARGET_PATH": str(target),
        "DBT_LOG_PATH": str(folder / "logs"),
        "DBT_PROFILES_DIR": str(_profiles(folder, memory_limit)),
    }
    process = subprocess.Popen(
        command, cwd=PROJECT_DIR, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    output = process.stdout.read() if process.stdout else ""
    _, status, usage = os.wait4(process.pid, 0)
    if status != 0:
        raise RuntimeError(f"dbt {' '.join(arguments)} failed:\n{output[-4000:]}")
    if arguments[0] == "seed":
        return {}
    results = json.loads((target / "run_results.json").read_text(encoding="utf-8"))["results"]
    models = {
        result["unique_id"].rsplit(".", 1)[-1]: result["execution_time"]
        for result in results
        if result["unique_id"].startswith("model.")
    }
    said = next((line.split("Recomputing", 1)[1].strip() for line in output.splitlines() if "Recomputing" in line), "")
    return {
        "seconds": sum(models.values()),
        "peak_bytes": usage.ru_maxrss * 1024,
        "models": models,
        "recomputed": said,
    }


def _profiles(folder: Path, memory_limit: str | None) -> Path:
    """The project's profile, with DuckDB's memory bounded where that is asked for."""
    if memory_limit is None:
        return PROJECT_DIR
    bounded = folder / f"profiles-{memory_limit}"
    bounded.mkdir(exist_ok=True)
    text = (PROJECT_DIR / "profiles.yml").read_text(encoding="utf-8")
    setting = "        TimeZone: UTC\n"
    (bounded / "profiles.yml").write_text(text.replace(setting, f"{setting}        memory_limit: {memory_limit}\n", 1))
    return bounded


def built(folder: Path, touches: int) -> tuple[Path, Path, dict[str, Any]]:
    """Raw data of ``touches`` touches, a warehouse built over it, and what the build cost."""
    raw, warehouse = folder / f"raw-{touches}.duckdb", folder / f"built-{touches}.duckdb"
    if not raw.exists():
        data.fill(raw, touches)
    shutil.copy(raw, warehouse)
    dbt(warehouse, folder, "seed")
    return raw, warehouse, dbt(warehouse, folder, "run")


def increment(warehouse: Path, folder: Path, existing: int, touches: int) -> dict[str, Any]:
    """What it costs to build ``touches`` more touches, all of the day after, into a copy of ``warehouse``."""
    copy = folder / "increment.duckdb"
    shutil.copy(warehouse, copy)
    data.fill(copy, touches, first=existing, load_id="1800000000.0", day=data.DAYS)
    measured = dbt(copy, folder, "run")
    copy.unlink()
    return measured


ONE_OVER_RAW = ONE_MODEL.format(touches="raw_files.touches", conversions="raw_files.conversions")
CREDIT = f"""
import sys, time, duckdb
warehouse, journeys, credits = sys.argv[1], *[open(path).read() for path in sys.argv[2:]]
connection = duckdb.connect(warehouse, read_only=True)
connection.execute("set enable_progress_bar = false")
connection.execute("set disabled_optimizers = 'top_n_window_elimination'")
connection.execute("set TimeZone = 'UTC'")
for query in (journeys, credits, '''{ONE_OVER_RAW}'''):
    started = time.perf_counter()
    connection.execute(f"create temp table measured as {{query}}")
    print(time.perf_counter() - started)
    connection.execute("drop table measured")
"""


def credit_seconds(warehouse: Path, folder: Path) -> tuple[float, float]:
    """Seconds of all eight models with values to the cent, and of the query for one, both into temporary tables.

    ``warehouse`` has just been built anew, and ``folder`` is what `dbt` was given for it.
    """
    models = folder / "target" / "compiled" / "outbound_attribution" / "models"
    compiled = [str(models / "intermediate" / "int_journeys.sql"), str(models / "marts" / "fct_attribution.sql")]
    journeys, credits, one = printed(CREDIT, str(warehouse), *compiled)
    return journeys + credits, one


def median(measure: Any, times: int) -> float:
    """Median of ``times`` calls of ``measure``, each of which gives seconds."""
    return statistics.median(measure() for _ in range(times))
