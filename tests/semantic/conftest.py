"""The demo's warehouse for the semantic layer, and MetricFlow's own command on it."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from demo_warehouse import DemoWarehouse, demo_warehouse
from parsed import shared_folder

Rows = list[dict[str, str]]


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> DemoWarehouse:
    """A copy of this module's own: `mf` locks the file."""
    made = demo_warehouse(shared_folder(tmp_path_factory))
    return made.copy_to(tmp_path_factory.mktemp("semantic"))


@pytest.fixture(scope="module")
def run_mf(warehouse: DemoWarehouse) -> Callable[[list[list[str]]], list[dict[str, Any]]]:
    """``run_mf([[argument, ...], ...])``: the exit code and the output of each command, all in one process."""

    def run(commands: list[list[str]]) -> list[dict[str, Any]]:
        results = warehouse.folder / "results.json"
        ended = subprocess.run(
            [sys.executable, str(Path(__file__).with_name("mf_commands.py")), str(results)],
            input=json.dumps(commands),
            cwd=warehouse.project,
            env=warehouse.environment(),
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert ended.returncode == 0, ended.stderr[-4000:]
        return json.loads(results.read_text(encoding="utf-8"))

    return run


@pytest.fixture(scope="module")
def read_csv() -> Callable[[Path], Rows]:
    """The rows of a CSV file, all text."""

    def read(file: Path) -> Rows:
        with file.open(encoding="utf-8", newline="") as opened:
            return list(csv.DictReader(opened))

    return read
