"""The file that the demo fills: never one in which somebody's own org lies."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from cli import terminal
from cli.load import SOURCES
from common import settings
from common.errors import AttributionError
from common.warehouse import Warehouse, connect

# What the sandbox's organization is called.
SANDBOX = "Outbound Attribution sandbox"
OTHER_FILE = "Name a file for the demo in ATTRIBUTION_DUCKDB_PATH, or move this one away."


def make_room(organization: dict[str, str]) -> None:
    """See to it that the DuckDB file is new or of this very sandbox.

    A sandbox of another day has another id: then its file is replaced, since two sandboxes in one warehouse would be
    counted together. Raises AttributionError where the file holds anything that did not come from a sandbox.
    """
    path = settings.duckdb_path()
    if not path.exists():
        return
    with connect(read_only=True) as warehouse:
        is_same = _is_same(warehouse, organization, path)
    if not is_same:
        terminal.note(f"{path} holds a sandbox of another day or size; the demo begins it anew.", "yellow")
        for old in (path, path.with_name(path.name + ".wal")):
            old.unlink(missing_ok=True)


def holds_demo(warehouse: Warehouse) -> bool:
    """Whether the warehouse is the demo's, and no setting points at its org, which has stopped with the demo."""
    if os.environ.get("GENESYSCLOUD_BASE_URL", "").strip() or not warehouse.exists("raw_genesys", "organization"):
        return False
    return [row["name"] for row in warehouse.query("select name from raw_genesys.organization")] == [SANDBOX]


def refuse_to_mix(variables: dict[str, Any]) -> None:
    """Raise AttributionError where files would be counted together with what the demo has loaded.

    A build of files alone, by the var ``sources``, leaves the demo's data out.
    """
    path = settings.duckdb_path()
    if settings.target() != "duckdb" or not path.exists() or variables.get("sources") == ["files"]:
        return
    with connect(read_only=True) as warehouse:
        if holds_demo(warehouse):
            raise AttributionError(
                f"{path} holds the demo's data, with which files of your own must not be mixed; nothing was loaded.",
                "Take another warehouse, for load and build alike: `export ATTRIBUTION_DUCKDB_PATH=files.duckdb`.",
            )


def _is_same(warehouse: Warehouse, organization: dict[str, str], path: Path) -> bool:
    loaded = [source for source in SOURCES if warehouse.exists(f"raw_{source}", "completed_loads")]
    if not loaded:
        return True
    held = []
    if warehouse.exists("raw_genesys", "organization"):
        held = warehouse.query("select id, name from raw_genesys.organization order by id")
    if [row["id"] for row in held] == [organization["id"]]:
        return True
    foreign = [row for row in held if row["name"] != organization["name"]]
    if foreign:
        raise AttributionError(f"{path} holds the org {foreign[0]['name']}, which the demo must not mix.", OTHER_FILE)
    if not held or "files" in loaded:
        own = "files of your own" if "files" in loaded else f"data of {' and '.join(loaded)} from no sandbox"
        raise AttributionError(f"{path} holds {own}, which the demo must not mix.", OTHER_FILE)
    return False
