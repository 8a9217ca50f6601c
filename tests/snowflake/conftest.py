"""The stand-in for Snowflake, and one walk through two batches on both warehouses, for all tests of this folder."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
# The histories, and what they are told in.
sys.path.insert(0, str(Path(__file__).parents[1] / "histories"))

from both import StandIn


@pytest.fixture(scope="session")
def stand_in(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StandIn]:
    """The server in a process of its own, until the session ends."""
    with StandIn(tmp_path_factory.mktemp("stand_in")) as started:
        yield started
