"""An org that fails on demand, and a warehouse that holds no more than an export."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
from stub_org import StubOrg

COLUMNS = {
    "conversation_id": "varchar",
    "attribution_credit": "double",
    "attributed_value": "decimal(18,2)",
    "attribution_model": "varchar",
    "single_win_credit": "double",
    "campaign_id": "varchar",
    "touch_sequence": "integer",
    "conversion_count": "bigint",
    "last_converted_at": "timestamp",
    "row_hash": "varchar",
}


@dataclass
class Export:
    """A DuckDB file with ``exports.export_genesys_attribution``."""

    path: Path

    def execute(self, sql: str, parameters: list[Any] | None = None) -> list[dict[str, Any]]:
        """Run one statement; its rows as dicts."""
        with duckdb.connect(str(self.path)) as connection:
            cursor = connection.execute(sql, parameters or [])
            names = [column[0] for column in cursor.description or []]
            return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def fill(self, *rows: dict[str, Any]) -> None:
        """Put these rows, hashed, in place of what is there."""
        self.execute("create schema if not exists exports")
        columns = ", ".join(f"{name} {kind}" for name, kind in COLUMNS.items())
        self.execute(f"create or replace table exports.export_genesys_attribution ({columns})")
        if rows:
            marks = ", ".join(f"({', '.join('?' for _ in COLUMNS)})" for _ in rows)
            values = [value for row in rows for value in (*row.values(), row_hash(row))]
            self.execute(f"insert into exports.export_genesys_attribution values {marks}", values)

    def ledger(self) -> dict[str, dict[str, Any]]:
        """The ledger's rows by conversation."""
        rows = self.execute("select * from write_back.ledger")
        return {row["conversation_id"]: row for row in rows}


def row_hash(row: dict[str, Any]) -> str:
    """A hash that changes with any figure of the row, as the export's does."""
    return hashlib.sha256(repr(row).encode()).hexdigest()


def make_row(number: int, **changes: Any) -> dict[str, Any]:
    """A row of the export without its hash; its figures follow from the number."""
    row = {
        "conversation_id": f"conversation-{number:03}",
        "attribution_credit": number / 7,
        "attributed_value": Decimal(number) * Decimal("10.37"),
        "attribution_model": "channel_weighted_time_decay",
        "single_win_credit": float(number % 2),
        "campaign_id": f"campaign-{number % 3}",
        "touch_sequence": number % 4 or None,
        "conversion_count": 1 + number % 2,
        "last_converted_at": datetime(2026, 6, 14, 12) - timedelta(hours=number),
    }
    return {**row, **changes}


@pytest.fixture
def export(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Export:
    """An empty warehouse that the settings name."""
    monkeypatch.setenv("ATTRIBUTION_DUCKDB_PATH", str(tmp_path / "warehouse.duckdb"))
    return Export(tmp_path / "warehouse.duckdb")


@pytest.fixture
def row() -> Callable[..., dict[str, Any]]:
    """``row(number, **changes)``: a row of the export without its hash."""
    return make_row


@pytest.fixture
def org(monkeypatch: pytest.MonkeyPatch) -> Iterator[StubOrg]:
    """The org that the settings name; failures are repeated without delay."""
    monkeypatch.setattr("write_back.client.BACKOFF_SECONDS", 0.001)
    monkeypatch.setattr("write_back.records.PAUSE_SECONDS", 0.001)
    with StubOrg() as stub:
        for name, value in stub.environment.items():
            monkeypatch.setenv(name, value)
        yield stub


@pytest.fixture
def locked_by_another_process() -> Callable[[Path], Any]:
    """``with locked_by_another_process(path):`` another process has the DuckDB file open for writing."""

    @contextmanager
    def lock(path: Path) -> Iterator[None]:
        code = "import duckdb, sys; c = duckdb.connect(sys.argv[1]); print('open', flush=True); sys.stdin.read()"
        with subprocess.Popen(
            [sys.executable, "-c", code, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as process:
            assert process.stdout.readline() == "open\n"
            yield
            process.stdin.close()

    return lock
