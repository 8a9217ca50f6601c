"""Assets: what `attribution load` brings, every dbt model, and the credit that stands in Genesys Cloud. Hourly.

The project lies in ATTRIBUTION_PROJECT with its ``.venv`` (``make setup``) and ``target/manifest.json``
(``.venv/bin/dbt parse``, after each change of the project). Dagster's environment holds the settings, as for every
command: ATTRIBUTION_DUCKDB_PATH (absolute), GENESYSCLOUD_*, SALESFORCE_*, ALERT_WEBHOOK or ALERT_MAIL.
"""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
from dagster_dbt import DbtCliResource, dbt_assets, get_asset_key_for_model, get_asset_keys_by_output_name_for_source

PROJECT = Path(os.environ.get("ATTRIBUTION_PROJECT", "/opt/outbound-attribution"))
BIN = PROJECT / ".venv" / "bin"
MANIFEST = PROJECT / os.environ.get("DBT_TARGET_PATH", "target") / "manifest.json"


def command(context: dg.AssetExecutionContext, *line: str) -> str:
    """One command of the project, in its folder, with its own Python; what it said goes into the run's log."""
    ended = subprocess.run([BIN / line[0], *line[1:]], cwd=PROJECT, capture_output=True, text=True, check=False)
    context.log.info(ended.stderr + ended.stdout)
    if ended.returncode:
        said = (ended.stderr + ended.stdout)[-2000:]
        raise dg.Failure(f"{' '.join(line)} ended with {ended.returncode}: {said}", allow_retries=line[1] == "load")
    return ended.stdout


@dbt_assets(manifest=MANIFEST)
def built(context: dg.AssetExecutionContext, dbt: DbtCliResource) -> Iterator:
    """One `dbt build` in one process, as the project's hooks and DuckDB want it, behind the freshness gate."""
    yield from dbt.cli(["source", "freshness"], context=context).stream()
    yield from dbt.cli(["build"], context=context).stream()


SOURCES = {
    key
    for source in ("raw_genesys", "raw_salesforce")
    for key in get_asset_keys_by_output_name_for_source([built], source).values()
}


@dg.multi_asset(
    specs=[dg.AssetSpec(key) for key in sorted(SOURCES)],
    retry_policy=dg.RetryPolicy(max_retries=2, delay=300),
)
def loaded(context: dg.AssetExecutionContext) -> Iterator[dg.MaterializeResult]:
    """Both systems, into the tables that dbt reads as sources."""
    command(context, "attribution", "load")
    for key in sorted(SOURCES):
        yield dg.MaterializeResult(asset_key=key)


EXPORT = get_asset_key_for_model([built], "export_genesys_attribution")
FINDINGS = get_asset_key_for_model([built], "rpt_data_quality")


@dg.asset(deps=[EXPORT, FINDINGS])
def genesys_cloud_credit(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
    """The credit that changed, sent to the conversations that earned it."""
    return dg.MaterializeResult(metadata={"said": command(context, "attribution", "write-back")})


# A finding is about the data: it raises the alarm, and does not hold back what is right.
@dg.asset(deps=[genesys_cloud_credit])
def no_findings_of_severity_error(context: dg.AssetExecutionContext) -> None:
    """Fails, and so alerts, where reports.rpt_data_quality has findings of severity error."""
    command(context, "python", "examples/alerts/findings.py")


hourly = dg.define_asset_job(
    # DuckDB's file takes one writer: one step at a time, and by dagster.yaml one run at a time.
    "hourly",
    selection="*",
    executor_def=dg.in_process_executor,
)


@dg.run_failure_sensor(default_status=dg.DefaultSensorStatus.RUNNING)
def alert(context: dg.RunFailureSensorContext) -> None:
    """Tell whoever has to know which run failed, and why."""
    text = f"run {context.dagster_run.run_id}: {context.failure_event.message}\n"
    subprocess.run([PROJECT / "examples/alerts/alert.sh", "the hourly run failed"], input=text, text=True, check=True)


defs = dg.Definitions(
    assets=[loaded, built, genesys_cloud_credit, no_findings_of_severity_error],
    jobs=[hourly],
    schedules=[
        dg.ScheduleDefinition(job=hourly, cron_schedule="7 * * * *", default_status=dg.DefaultScheduleStatus.RUNNING)
    ],
    sensors=[alert],
    resources={
        "dbt": DbtCliResource(project_dir=str(PROJECT), profiles_dir=str(PROJECT), dbt_executable=str(BIN / "dbt"))
    },
)
