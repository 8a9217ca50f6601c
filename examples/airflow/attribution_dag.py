"""Hourly: load, freshness, the dbt build by Cosmos, write-back, findings.

The project lies in ATTRIBUTION_PROJECT with its ``.venv`` (``make setup``). The worker's environment holds the
settings, as for every command: ATTRIBUTION_DUCKDB_PATH (absolute, since Cosmos runs dbt in a copy of the project),
GENESYSCLOUD_*, SALESFORCE_*, ALERT_WEBHOOK or ALERT_MAIL.
"""

from __future__ import annotations

import os
import subprocess
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from airflow.providers.standard.operators.bash import BashOperator
from airflow.sdk import DAG
from cosmos import ProfileConfig
from cosmos.constants import InvocationMode
from cosmos.operators.local import DbtBuildLocalOperator

PROJECT = Path(os.environ.get("ATTRIBUTION_PROJECT", "/opt/outbound-attribution"))


def alert(context: dict[str, Any]) -> None:
    """Tell whoever has to know which task failed, and why."""
    task = context["task_instance"].task_id
    text = f"{task}: {context.get('exception')}\n{context['task_instance'].log_url}\n"
    subprocess.run([PROJECT / "examples/alerts/alert.sh", f"{task} failed"], input=text, text=True, check=True)


def command(task_id: str, line: str, **options: Any) -> BashOperator:
    """One command of the project, in its folder, with its own Python."""
    return BashOperator(task_id=task_id, bash_command=f".venv/bin/{line}", cwd=str(PROJECT), **options)


with DAG(
    dag_id="attribution",
    schedule="7 * * * *",
    start_date=datetime(2026, 1, 1),
    catchup=False,
    # DuckDB's file takes one writer: one run at a time.
    max_active_runs=1,
    default_args={"on_failure_callback": alert, "retry_delay": timedelta(minutes=5)},
) as attribution:
    load = command("load", "attribution load", retries=2)
    freshness = command("freshness", "dbt source freshness")
    # One `dbt build` in one process. A task per model (Cosmos' DbtTaskGroup) would start dbt a hundred times an hour,
    # and the models' processes would wait for one another: DuckDB's file takes one writer.
    build = DbtBuildLocalOperator(
        task_id="build",
        project_dir=str(PROJECT),
        dbt_executable_path=str(PROJECT / ".venv/bin/dbt"),
        profile_config=ProfileConfig(
            profile_name="outbound_attribution",
            target_name=os.environ.get("ATTRIBUTION_TARGET", "duckdb"),
            profiles_yml_filepath=PROJECT / "profiles.yml",
        ),
        invocation_mode=InvocationMode.SUBPROCESS,
        install_deps=False,
        append_env=True,
    )
    write_back = command("write_back", "attribution write-back")
    # A finding is about the data: it raises the alarm, and does not hold back what is right.
    findings = command("findings", "python examples/alerts/findings.py")

    load >> freshness >> build >> write_back >> findings
