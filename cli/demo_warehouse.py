"""The file that the demo fills: never one in which somebody's own org lies."""

from __future__ import annotations

from pathlib import Path

from cli import terminal
from cli.load import SOURCES
from common import settings
from common.errors import AttributionError
from common.warehouse import Warehouse, connect

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
