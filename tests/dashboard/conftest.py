"""A browser for all tests of a process, and the page of a warehouse."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from browser import Browser, chromium
from marts import Marts, fill

from cli.dashboard import write


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Headless Chromium."""
    if chromium() is None:
        pytest.skip("Chromium is not installed (Debian: apt-get install chromium), and the page is tested in it.")
    with Browser() as running:
        running.size(1400)
        yield running


@pytest.fixture(scope="session")
def page_of() -> Callable[[Path], Path]:
    """Writes the dashboard of a DuckDB file beside it, by the command's own code."""

    def made(warehouse: Path) -> Path:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("ATTRIBUTION_DUCKDB_PATH", str(warehouse))
            patch.delenv("ATTRIBUTION_TARGET", raising=False)
            return write(warehouse.with_suffix(".html"))

    return made


@pytest.fixture(scope="module")
def marts(tmp_path_factory: pytest.TempPathFactory) -> Marts:
    """Random journeys of three campaigns and two types of conversion."""
    made = Marts(tmp_path_factory.mktemp("marts") / "warehouse.duckdb")
    fill(made)
    return made


@pytest.fixture(scope="module")
def page(browser: Browser, marts: Marts, page_of: Callable[[Path], Path]) -> Browser:
    """The browser with the page of ``marts`` open."""
    browser.open(page_of(marts.path))
    return browser
