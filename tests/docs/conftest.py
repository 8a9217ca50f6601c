"""The demo's warehouse for the pages that show its numbers."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

# It is made once for these tests and those of the semantic layer.
sys.path.insert(0, str(Path(__file__).parents[1] / "semantic"))

from demo_warehouse import DemoWarehouse, demo_warehouse
from parsed import shared_folder


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> DemoWarehouse:
    """The warehouse, for reading."""
    return demo_warehouse(shared_folder(tmp_path_factory))
