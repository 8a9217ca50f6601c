"""One load of one source, from a dlt source to its raw schema. Only the warehouse remembers anything."""

from __future__ import annotations

import importlib
import os
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

# dlt reads these when it is first used; .dlt/config.toml says the same where dlt finds it.
os.environ.setdefault("RUNTIME__DLTHUB_TELEMETRY", "false")
os.environ.setdefault("RUNTIME__LOG_LEVEL", "WARNING")
# What was read waits uncompressed for a moment; packing it tightly was a sixth of the time of a load from Genesys.
os.environ.setdefault("SOURCES__DATA_WRITER__DISABLE_COMPRESSION", "true")
# Personal data that is on its way through the staging schema must not stay there.
os.environ.setdefault("LOAD__TRUNCATE_STAGING_DATASET", "true")

import dlt
import duckdb
from dlt.common.destination import Destination
from dlt.destinations.impl.duckdb.configuration import DuckDbCredentials
from dlt.destinations.impl.snowflake.configuration import SnowflakeCredentials
from dlt.extract import DltResource, DltSource

from common import lock, scratch, settings, warehouse
from common.errors import AttributionError
from ingestion import progress, stop_list
from ingestion.replacing import ReplacingDuckDb

# The sources that run_source can load, each a package of this one with a dlt source of the same name.
SOURCES = ("genesys", "salesforce", "dynamics")
# A merge spills to disk past this much, so that memory does not grow with what is loaded.
DUCKDB_LIMITS: Mapping[str, Any] = {"memory_limit": "1GB"}


@dataclass(frozen=True)
class LoadSummary:
    """What one load brought: rows read by table (not counting dlt's own), and what the user should know."""

    source: str
    rows: dict[str, int]
    started_at: datetime
    finished_at: datetime
    notes: list[str] = field(default_factory=list)


def run_source(
    source: str,
    since: datetime | None = None,
    until: datetime | None = None,
    variables: dict[str, Any] | None = None,
    **options: Any,
) -> LoadSummary:
    """Load ``source`` (one of SOURCES) into ``raw_<source>``, from ``since`` to ``until`` where they are given.

    ``variables`` are dbt vars that override the project's; ``options`` go to the dlt source as they are.
    Raises AttributionError for what the user can mend; then the raw tables are as they were, but for parts that were
    stored already.
    """
    if source not in SOURCES:
        raise AttributionError(f"There is no source {source!r}.", f"It is one of {', '.join(SOURCES)}.")
    since, until = _aware(since), _aware(until)
    if since and until and since >= until:
        raise AttributionError(
            f"--since {since.isoformat()} is not before --until {until.isoformat()}.",
            "Turn them round, or leave one out.",
        )
    check_warehouse()
    settings.phone_region()
    notes: list[str] = []
    make = getattr(importlib.import_module(f"ingestion.{source}"), source)
    made = make(since=since, until=until, variables=variables, notes=notes, **options)
    return load_parts(
        source,
        [made] if isinstance(made, DltSource) else made,
        since=since,
        until=until,
        notes=notes,
    )


def load(source: DltSource, **options: Any) -> LoadSummary:
    """Run one dlt source into ``raw_<name of the source>``; ``options`` are those of ``load_parts``."""
    return load_parts(source.name, [source], **options)


def load_parts(
    name: str,
    parts: Iterable[DltSource],
    since: datetime | None = None,
    until: datetime | None = None,
    notes: list[str] | None = None,
    limits: Mapping[str, Any] = DUCKDB_LIMITS,
    untold: Collection[str] = (),
) -> LoadSummary:
    """Run the parts of one source into ``raw_<name>``, each stored before the next is asked for.

    The last thing written is a row of completed_loads. ``notes`` is the list that the source's resources append to
    while they are read. ``limits`` are DuckDB's settings for it. ``untold`` are tables whose progress is not shown.
    """
    check_warehouse()
    started_at = datetime.now(UTC)
    counts: Counter[str] = Counter()
    # Nobody is forgotten while rows are on their way that were let through before.
    with lock.alone(f"attribution load {name}"), scratch.folder("load") as directory:
        with warehouse.connect() as opened:
            guard = stop_list.Guard(stop_list.read(opened))
        pipeline = dlt.pipeline(
            pipeline_name=name,
            pipelines_dir=str(directory),
            destination=destination(limits),
            dataset_name=f"raw_{name}",
            progress=progress.collector(untold),
        )
        try:
            for part in parts:
                guard.watch(part)
                # DuckDB reads Parquet with less work than the SQL text that dlt would write for it.
                pipeline.run(part, loader_file_format="parquet" if settings.target() == "duckdb" else None)
                counts.update(pipeline.last_trace.last_normalize_info.row_counts)
            pipeline.run(completed_load(since, until))
        except Exception as error:
            sentence = _sentence(error)
            if sentence is None:
                raise
            raise sentence from sentence.__cause__
    return LoadSummary(
        source=name,
        rows={table: count for table, count in counts.items() if not table.startswith("_dlt")},
        started_at=started_at,
        finished_at=datetime.now(UTC),
        notes=[*(notes or []), *guard.notes()],
    )


def check_warehouse() -> None:
    """Open the warehouse once, so that a locked file or wrong credentials stop a load before anything is read.

    dlt's secrets.toml is looked at too: dlt reads it whether or not the environment has all settings.
    """
    settings.check_secrets_file()
    if settings.target() == "duckdb":
        settings.duckdb_path().parent.mkdir(parents=True, exist_ok=True)
        warehouse.open_duckdb(settings.duckdb_path(), read_only=False).close()
    else:
        with warehouse.connect():
            pass


def destination(limits: Mapping[str, Any] = DUCKDB_LIMITS) -> Destination[Any, Any]:
    """dlt's destination for ATTRIBUTION_TARGET: the DuckDB file, or Snowflake by the SNOWFLAKE_* settings."""
    if settings.target() == "duckdb":
        credentials = DuckDbCredentials(str(settings.duckdb_path()), global_config=dict(limits))
        return ReplacingDuckDb(credentials=credentials)
    return snowflake_destination()


def snowflake_destination() -> Destination[Any, Any]:
    """Snowflake, by the SNOWFLAKE_ settings. Files go through each table's own internal stage, and not one stays there.

    JSON columns become VARIANT, instants TIMESTAMP_LTZ.
    """
    found = settings.snowflake()
    names = {
        "SNOWFLAKE_ACCOUNT": "host",
        "SNOWFLAKE_USER": "username",
        "SNOWFLAKE_DATABASE": "database",
        "SNOWFLAKE_PRIVATE_KEY_PATH": "private_key_path",
        "SNOWFLAKE_PRIVATE_KEY_PASSPHRASE": "private_key_passphrase",
        "SNOWFLAKE_WAREHOUSE": "warehouse",
        "SNOWFLAKE_ROLE": "role",
    }
    if "SNOWFLAKE_PRIVATE_KEY_PATH" not in found:
        names["SNOWFLAKE_PASSWORD"] = "password"
    credentials: dict[str, Any] = {option: found[name] for name, option in names.items() if name in found}
    address = {
        key: found[f"SNOWFLAKE_{key.upper()}"] for key in ("port", "protocol") if f"SNOWFLAKE_{key.upper()}" in found
    }
    made = SnowflakeCredentials(credentials)
    made.query = {**(made.query or {}), **address}
    if "SNOWFLAKE_HOST" in found:
        made.query["host"] = found["SNOWFLAKE_HOST"]
    return dlt.destinations.snowflake(
        credentials=made,
        keep_staged_files=False,
        query_tag='{{"project": "outbound_attribution", "by": "load", "source": "{source}", "table": "{table}"}}',
    )


def completed_load(since: datetime | None, until: datetime | None) -> DltResource:
    """The row that says that a load ended well; freshness is the age of the youngest one."""
    row = {"loaded_at": datetime.now(UTC), "since": since, "until": until}
    return dlt.resource(
        [row],
        name="completed_loads",
        write_disposition="append",
        columns={
            "loaded_at": {"data_type": "timestamp", "nullable": False},
            "since": {"data_type": "timestamp"},
            "until": {"data_type": "timestamp"},
        },
    )


def _aware(moment: datetime | None) -> datetime | None:
    """A time without an offset is meant in UTC."""
    return moment.replace(tzinfo=UTC) if moment and moment.tzinfo is None else moment


def _sentence(error: BaseException) -> AttributionError | None:
    """What the user should read, where it stands inside dlt's wrapping; None for an error nobody foresaw."""
    seen: list[BaseException] = []
    inner: BaseException | None = error
    while inner is not None and inner not in seen:
        if isinstance(inner, AttributionError):
            return inner
        if isinstance(inner, duckdb.IOException) and "lock" in str(inner).lower():
            return warehouse.explain_duckdb_error(inner, settings.duckdb_path())
        seen.append(inner)
        inner = getattr(inner, "exception", None) or inner.__cause__ or inner.__context__
    return None
