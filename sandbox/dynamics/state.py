"""The Dataverse stand-in's rows, with a version for each, and what was deleted when: what change tracking reads."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from typing import Any

from sandbox.dynamics.metadata import TABLES, Table
from sandbox.org import Org

Row = dict[str, Any]


class DynamicsState:
    """One org. Tests change it by ``save`` and ``delete``; ``forget_changes`` lets every delta link expire."""

    def __init__(self, org: Org, tables: Mapping[str, Table] | None = None) -> None:
        self.tables = dict(TABLES if tables is None else tables)
        self.rows: dict[str, dict[str, Row]] = {}
        self.version = 0
        self.remembered_from = 0
        # (version, table, id) of what was deleted, in that order.
        self.deletions: list[tuple[int, str, str]] = []
        for name, table in self.tables.items():
            held = self.rows[name] = {}
            for row in org.dataverse.get(name, []):
                self.version += 1
                held[row[table.primary_id]] = {**row, "versionnumber": self.version}
        # A delta link of another org, or of this one on another day, leads nowhere here.
        content = f"{org.seed}/{org.scale!r}/{org.as_of.isoformat()}"
        self.mark = hashlib.sha256(content.encode()).hexdigest()[:12]

    def save(self, name: str, row: Row) -> None:
        """Make the row, or change the one with its id in the columns that ``row`` has."""
        key = row[self.tables[name].primary_id]
        self.version += 1
        self.rows[name][key] = {**self.rows[name].get(key, {}), **row, "versionnumber": self.version}

    def delete(self, name: str, key: str) -> None:
        """Take a row away, for good."""
        del self.rows[name][key]
        self.version += 1
        self.deletions.append((self.version, name, key))

    def forget_changes(self) -> None:
        """As after ExpireChangeTrackingInDays: what has happened so far can't be asked for any more."""
        self.version += 1
        self.remembered_from = self.version

    def changes(self, name: str, since: int) -> Iterator[Row | str]:
        """Rows made or changed after version ``since`` by version, then the ids of deleted ones."""
        changed = [row for row in self.rows[name].values() if row["versionnumber"] > since]
        yield from sorted(changed, key=lambda row: row["versionnumber"])
        yield from (key for version, table, key in self.deletions if table == name and version > since)
