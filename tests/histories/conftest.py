"""Modules that the histories share, found by their plain names; one warehouse after the other in one folder."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from parsed import shared_folder
from project import Project


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A place for one warehouse after the other."""
    return Project(tmp_path_factory.mktemp("histories"), shared_folder(tmp_path_factory))
