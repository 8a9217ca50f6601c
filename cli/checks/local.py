"""What needs no other system: the vars and settings, the warehouse, and the disk that it lies on."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from typing import Any

from cli import freshness
from cli.arguments import vars_option
from cli.checks import data
from cli.checks.check import Check, fail, ok, warn
from cli.demo_warehouse import holds_demo
from cli.settings_of_build import last_build
from common import settings
from common.dbt_vars import time_zone
from common.errors import AttributionError
from common.warehouse import Warehouse, WarehouseInUse, connect

GIB = 2**30
DISK_FAIL, DISK_WARN = 1 * GIB, 5 * GIB


def setting_checks(variables: dict[str, Any]) -> Iterator[Check]:
    """Time zones, phone region, and the salt of person keys."""
    for name in ("crm_timezone", "reporting_timezone"):
        try:
            zone = time_zone(variables, name)
        except AttributionError as error:
            yield fail(f"Var {name}", error.message, error.remedy)
            continue
        if (
            name == "crm_timezone"
            and zone == "UTC"
            and {"salesforce", "dynamics"} & set(variables.get("sources") or [])
        ):
            yield warn(
                f"Var {name}",
                "UTC, the default: the CRM's date-only fields are read as days in UTC",
                "Set it to the CRM's zone (in Salesforce: Company Information, Default Time Zone; in Dynamics 365: "
                "that of the users who close sales).",
            )
        else:
            yield ok(f"Var {name}", zone)
    try:
        yield ok("ATTRIBUTION_PHONE_REGION", f"national phone numbers are read as of {settings.phone_region()}")
    except AttributionError as error:
        yield fail("ATTRIBUTION_PHONE_REGION", error.message, error.remedy)
    if os.environ.get("ATTRIBUTION_PERSON_SALT", "").strip():
        yield ok("ATTRIBUTION_PERSON_SALT", "set")
    else:
        yield warn(
            "ATTRIBUTION_PERSON_SALT",
            "not set: person keys use the public default salt, so whoever knows a phone can find its key",
            "Export a secret text of your own, and keep it: a new one computes everything anew.",
        )


def warehouse_checks(variables: dict[str, Any]) -> Iterator[Check]:
    """Whether it opens, the age of each source's last load, the last build and its data, and free disk space."""
    try:
        target = settings.target()
        if target == "duckdb":
            yield disk_check()
            if not settings.duckdb_path().exists():
                yield warn("Warehouse", f"{settings.duckdb_path()} is not there yet", "Run `attribution load`.")
                return
        with connect(read_only=True) as warehouse:
            where = str(settings.duckdb_path()) if target == "duckdb" else os.environ.get("SNOWFLAKE_ACCOUNT", "")
            yield ok("Warehouse", f"{target}: {where}")
            if target == "snowflake":
                yield key_pair_check()
            yield from sandbox_checks(warehouse)
            yield from freshness_checks(warehouse, variables)
            build = build_check(warehouse)
            yield build
            if build.status == "ok":
                yield from vars_checks(last_build(warehouse), variables)
                yield from data.checks(warehouse, variables)
    except WarehouseInUse as error:
        # A load or a build that is under way, most of the time.
        yield warn("Warehouse", error.message, error.remedy)
    except AttributionError as error:
        yield fail("Warehouse", error.message, error.remedy)


def key_pair_check() -> Check:
    """How the Snowflake user proves who it is."""
    if "SNOWFLAKE_PRIVATE_KEY_PATH" in settings.snowflake():
        return ok("Snowflake user", "by its key pair")
    return warn(
        "Snowflake user",
        "by a password, which Snowflake refuses for service users",
        "Make a key pair and set SNOWFLAKE_PRIVATE_KEY_PATH: docs/snowflake.md.",
    )


def disk_check() -> Check:
    """Room for the DuckDB file to grow, and for what a build spills beside it."""
    folder = settings.duckdb_path().parent
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    said = f"{free / GIB:.1f} GiB free in {folder}"
    if free < DISK_FAIL:
        return fail("Disk space", said, "Free at least 1 GiB, or put ATTRIBUTION_DUCKDB_PATH on another disk.")
    if free < DISK_WARN:
        return warn("Disk space", said, "Enough for a small warehouse; a load of years may need more.")
    return ok("Disk space", said)


def sandbox_checks(warehouse: Warehouse) -> Iterator[Check]:
    """That the warehouse is the demo's, whose org has stopped."""
    if holds_demo(warehouse):
        yield warn(
            "Org in the warehouse",
            "the demo's, whose sandbox has stopped",
            "For your own org name another file in ATTRIBUTION_DUCKDB_PATH. `attribution sandbox` starts one like the"
            " demo's, and prints the settings to check it with.",
        )


def vars_checks(built: dict[str, Any], variables: dict[str, Any]) -> Iterator[Check]:
    """Where the last build went by other vars than these, which the other checks go by."""
    others = {name: value for name, value in built.items() if name in variables and value != variables[name]}
    if others:
        said = ", ".join(f"{name} ({value}, now {variables[name]})" for name, value in others.items())
        yield warn(
            "Vars of the last build",
            f"not those of now: {said}",
            f"To check by them: `attribution doctor {vars_option(others)}`. To build by them for good, set them in"
            " dbt_project.yml.",
        )


def freshness_checks(warehouse: Warehouse, variables: dict[str, Any]) -> Iterator[Check]:
    """The age of the last load of each source that ended well."""
    for load in freshness.last_loads(warehouse, variables):
        name = f"Last load of {load.source}"
        if load.age is None:
            yield warn(name, "never", f"Run `attribution load {load.source}`, or take it out of the var sources.")
        elif load.is_late:
            yield fail(
                name,
                f"{freshness.hours(load.age)} ago; {freshness.allowed(load)}",
                f"Run `attribution load {load.source}`; see why the scheduled one did not run.",
            )
        else:
            yield ok(name, f"{freshness.hours(load.age)} ago")


def build_check(warehouse: Warehouse) -> Check:
    """Whether a build has finished in this warehouse."""
    if warehouse.exists("build_log", "builds"):
        finished = warehouse.query("select max(finished_at) as finished_at from build_log.builds")[0]["finished_at"]
        if finished:
            return ok("Last finished build", f"{finished:%Y-%m-%d %H:%M} UTC")
    return warn("Last finished build", "none", "Run `dbt build`.")
