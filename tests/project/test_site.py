"""The site that `make docs` builds: whole, without a broken link, and asking nothing of any network."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from common.settings import PROJECT_DIR

BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
DBT_PAGE = "dbt/index.html"


class Page(HTMLParser):
    """What a page of the site links to, loads and can be jumped to."""

    def __init__(self, file: Path) -> None:
        super().__init__()
        self.links: list[str] = []
        self.loads: list[str] = []
        self.anchors: set[str] = set()
        self.feed(file.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.anchors |= {given[name] for name in ("id", "name") if given.get(name)}
        if tag == "a":
            self.links += [given["href"]] if given.get("href") else []
        else:
            self.loads += [given[name] for name in ("src", "href", "data") if given.get(name)]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `make docs` builds where no warehouse has been built yet."""
    folder = tmp_path_factory.mktemp("docs")
    run = subprocess.run(
        # .venv runs this test, so it is there; whether it is current is for the make that came before.
        ["make", "-o", ".venv/.current", "docs", f"SITE={folder / 'site'}", f"DBT_DOCS={folder / 'dbt'}"],
        cwd=PROJECT_DIR,
        env={
            **{name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))},
            "ATTRIBUTION_DUCKDB_PATH": str(folder / "not_there.duckdb"),
            "DBT_LOG_PATH": str(folder / "logs"),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    return folder / "site"


@pytest.fixture(scope="module")
def pages(site: Path) -> dict[str, Page]:
    """The pages of the site by path, but for dbt's own, which is one script."""
    return {
        str(file.relative_to(site)): Page(file)
        for file in sorted(site.rglob("*.html"))
        if str(file.relative_to(site)) != DBT_PAGE
    }


@pytest.fixture(scope="module")
def dbt_names(site: Path) -> set[str]:
    """Unique ids of the models that dbt's page holds."""
    text = (site / DBT_PAGE).read_text(encoding="utf-8")
    return set(re.findall(r'"(model\.outbound_attribution\.\w+)"', text))


def internal_links(pages: dict[str, Page]) -> Iterator[tuple[str, str, str]]:
    """(page, path in the site, anchor) of every link that stays in the site."""
    for name, page in pages.items():
        for link in page.links:
            parts = urlsplit(link)
            if not parts.scheme and not parts.netloc:
                path = os.path.normpath(Path(name).parent / unquote(parts.path)) if parts.path else name
                yield name, "index.html" if path == "." else path, unquote(parts.fragment)


def test_every_page_of_the_docs_is_in_it(pages):
    written = {f"{file.stem}.html" for file in (PROJECT_DIR / "docs").glob("*.md")}
    assert written | {"index.html", "contributing.html", "files.html", "search.html"} == set(pages)


def test_the_start_page_has_the_picture_and_leads_to_the_dbt_docs(site, pages):
    assert "─► raw_* ─► staging ─► intermediate ─► marts" in (site / "index.html").read_text(encoding="utf-8")
    assert DBT_PAGE in pages["index.html"].links


def test_every_link_leads_to_a_page_and_an_anchor_that_are_there(site, pages, dbt_names):
    links = list(internal_links(pages))
    assert len(links) > 100
    for page, path, anchor in links:
        assert (site / path).is_file(), f"{page} links to {path}"
        if path == DBT_PAGE:
            model = anchor.removeprefix("!/model/")
            assert not anchor or model in dbt_names, f"{page} links to {model} in the dbt docs"
        elif anchor:
            assert anchor in pages[path].anchors, f"{page} links to {path}#{anchor}"


def test_the_dbt_docs_hold_the_models_of_every_source(dbt_names):
    files = {file.stem for file in (PROJECT_DIR / "models").rglob("*.sql")}
    assert {name.rpartition(".")[2] for name in dbt_names} >= files


def test_nothing_is_loaded_from_elsewhere(site, pages):
    for name, page in pages.items():
        for load in page.loads:
            parts = urlsplit(load)
            assert not parts.netloc and parts.scheme in ("", "data"), f"{name} loads {load}"
            if not parts.scheme:
                assert (site / Path(name).parent / unquote(parts.path)).exists(), f"{name} loads {load}"
    for style in site.rglob("*.css"):
        found = re.search(r"url\(['\"]?(https?:|//)|@import", style.read_text(encoding="utf-8"))
        assert not found, f"{style.relative_to(site)} loads something from elsewhere"
    dbt_page = (site / DBT_PAGE).read_text(encoding="utf-8")
    assert not re.search(r"<(script|link|img|iframe)[^>]*(src|href)=.(https?:)?//", dbt_page)
    # Its page would fetch a tracker if this were true.
    assert '"send_anonymous_usage_stats": false' in dbt_page


def test_search_has_every_page_as_a_script_that_a_page_from_the_disk_may_read(site, pages):
    script = (site / "search" / "search_index.js").read_text(encoding="utf-8")
    index = json.loads(script.removeprefix("window.searchIndex = ").rstrip().removesuffix(";"))
    assert {entry["location"].partition("#")[0] for entry in index["docs"]} == set(pages) - {"search.html"}


@pytest.mark.skipif(BROWSER is None, reason="no chromium on this machine")
def test_search_finds_a_rule_in_a_browser_that_opened_the_file(site, tmp_path):
    page = subprocess.run(
        [
            *(BROWSER, "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"),
            *(f"--user-data-dir={tmp_path}", "--host-resolver-rules=MAP * ~NOTFOUND", "--virtual-time-budget=10000"),
            *("--dump-dom", f"{(site / 'search.html').as_uri()}?q=lookback"),
        ],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    ).stdout
    results = page.partition('id="mkdocs-search-results"')[2]
    assert "decisions.html#lookback" in results, results[:2000]
