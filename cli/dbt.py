"""dbt as `run` and `demo` call it: a process of its own, so that the DuckDB file is free again when it ends."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from cli import terminal
from common import lock, settings
from common.errors import AttributionError
from common.warehouse import connect, open_duckdb
from common.words import number

WITHOUT_UNIT_TESTS = ("--exclude-resource-type", "unit_test")
# A parsed project is hundreds of thousands of objects that stay: by Python's default it is looked through for garbage
# during a seventh of a build.
GC_THRESHOLD = (20_000, 10, 10)
# The same dbt that this interpreter has, whether or not its command is on the PATH.
DBT = f"import gc, sys; gc.set_threshold(*{GC_THRESHOLD}); sys.argv[0] = 'dbt'; from dbt.cli.main import cli; cli()"


def dbt(*arguments: str, variables: dict[str, Any] | None = None, quiet: bool = False) -> None:
    """Run dbt in the project; raises AttributionError where it ends with an error.

    ``quiet`` keeps what dbt prints back as long as all goes well; else it goes to stderr line by line.
    """
    command = [sys.executable, "-c", DBT, *arguments]
    if variables:
        command += ["--vars", json.dumps(variables)]
    process = subprocess.Popen(
        command,
        cwd=settings.PROJECT_DIR,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        errors="replace",
        # Should this process be killed, no other run begins while dbt still writes.
        pass_fds=lock.inherited(),
    )
    held = []
    try:
        for line in process.stdout or ():
            if quiet:
                held.append(line)
            else:
                print(line, end="", file=sys.stderr, flush=True)
        code = process.wait()
    except BaseException:
        # Ctrl-C or a stop from outside: dbt must not go on writing after the command that began it.
        process.terminate()
        process.wait()
        raise
    if code:
        print("".join(held), end="", file=sys.stderr)
        raise AttributionError(
            f"dbt {arguments[0]} failed.",
            "Its own messages above say what; nothing after it was run.",
        )


def environment() -> dict[str, str]:
    """This process's environment, the DuckDB path absolute: dbt runs in the project's folder, not in the caller's."""
    return {
        **os.environ,
        # dbt reads the environment alone; what stands in secrets.toml has to reach it too.
        **(settings.snowflake() if settings.target() == "snowflake" else {}),
        "ATTRIBUTION_TARGET": settings.target(),
        "ATTRIBUTION_DUCKDB_PATH": str(settings.duckdb_path()),
        "DBT_PROFILES_DIR": str(settings.PROJECT_DIR),
        "DBT_USE_COLORS": str(sys.stderr.isatty()),
        "PYTHONUNBUFFERED": "1",
    }


def target_folder() -> Path:
    """Where dbt puts what it makes besides tables."""
    return settings.PROJECT_DIR / (os.environ.get("DBT_TARGET_PATH") or "target")


def check_vars(variables: dict[str, Any]) -> None:
    """Let dbt look at the vars, so that one that is wrong is told before hours of loads; raises AttributionError."""
    _open_once()
    dbt("run-operation", "settings", variables=variables, quiet=True)


def _open_once() -> None:
    """Of a file that is locked or no database dbt would print a traceback; this says it in a sentence."""
    if settings.target() == "duckdb":
        open_duckdb(settings.duckdb_path(), read_only=False).close()


def build(
    variables: dict[str, Any] | None = None, seconds: dict[str, float] | None = None, quiet: bool = False
) -> None:
    """`dbt build` into the warehouse that the settings name, and a line on what it made.

    Unit tests are about the models, not about the data: they are left to `dbt build` by hand and to `make test`
    (https://docs.getdbt.com/docs/build/unit-tests, "When to run unit tests").
    """
    _open_once()
    with terminal.step("dbt build", seconds):
        dbt("build", *WITHOUT_UNIT_TESTS, variables=variables, quiet=quiet)
    with connect(read_only=True) as warehouse:
        found = warehouse.query(
            """
            select
                (select count(*) from marts.fct_touches) as touches,
                (select count(*) from marts.fct_conversions) as conversions,
                (select count(*) from marts.fct_conversions where touch_count > 0) as credited,
                (select count(*) from reports.rpt_data_quality) as findings
            """
        )[0]
    terminal.say(
        f"build: {number(found['touches'], 'touch')}; {found['credited']:,} of "
        f"{number(found['conversions'], 'conversion')} {'has' if found['credited'] == 1 else 'have'} one; "
        f"{number(found['findings'], 'finding')} in reports.rpt_data_quality"
    )
