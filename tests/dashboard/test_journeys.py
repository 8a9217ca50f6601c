"""The example journeys beside the page: every link leads to its page, whatever the ids and the folder are called."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from browser import Browser
from marts import Marts, fill
from typer.testing import CliRunner

from cli import journeys
from cli.dashboard import write
from cli.main import app
from cli.settings_of_build import last_build
from common.errors import AttributionError
from common.warehouse import connect
from dashboard.examples import shown_at_first
from dashboard.limits import PATHS_SHOWN
from dashboard.query import read

ODD = (
    'a/b "c" <d>',
    "a/b 'c' <d>",
    "../../up",
    "<img src=x onerror='window.harmed = true'>",
    "?a#b%2f&c",
    "__proto__",
    "a" * 150,
    "ä☃",
)


@pytest.fixture(autouse=True)
def warehouse(marts: Marts, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ATTRIBUTION_DUCKDB_PATH", str(marts.path))
    monkeypatch.delenv("ATTRIBUTION_TARGET", raising=False)


def examples() -> list[str]:
    """The examples that the page of the current warehouse shows at first."""
    with connect(read_only=True) as warehouse:
        return shown_at_first(read(warehouse, last_build(warehouse), []))


def listed(browser: Browser) -> list[dict[str, str | None]]:
    """The examples in the page's list: the command, its link's text, attribute and address."""
    return browser.js(
        """[...document.querySelectorAll("#paths-table tbody tr:has(.path)")].map(row => {
            const code = row.querySelector("code"), link = code.querySelector("a");
            return {command: code.textContent, text: link && link.textContent,
                    href: link && link.getAttribute("href"), opens: link && link.href};
        })"""
    )


def follow(browser: Browser, place: int, conversion_id: str) -> None:
    """Click the link of a row: its page opens."""
    browser.said = []
    browser.click(f'document.querySelectorAll("#paths-table tbody a")[{place}]')
    shows(browser, conversion_id)


def shows(browser: Browser, conversion_id: str) -> None:
    """The page that is opening says nothing on the console and shows the id."""
    browser.wait("document.readyState === 'complete' && document.title.startsWith('Conversion ')")
    assert browser.js("document.querySelector('h1').textContent") == f"Conversion {conversion_id} (files)"
    assert browser.js("document.querySelectorAll('table tbody tr').length") > 0
    assert browser.js("getComputedStyle(document.querySelector('dl')).display") == "grid"
    assert browser.js("window.harmed === undefined")
    assert browser.said == []


def test_each_example_of_the_list_is_a_link_to_its_page(browser: Browser, tmp_path: Path):
    browser.open(write(tmp_path / "page.html"))
    rows = listed(browser)
    assert [row["text"] for row in rows] == examples()
    assert len(rows) == PATHS_SHOWN
    for row in rows:
        assert row["command"] == f"attribution explain {row['text']}"
        assert row["href"] == f"page_journeys/explain_{row['text']}.html"
    written = {f"page_journeys/{file.name}" for file in (tmp_path / "page_journeys").iterdir()}
    assert written == {row["href"] for row in rows}
    assert browser.said == []
    follow(browser, 0, rows[0]["text"])
    browser.click("document.querySelector('nav a')")
    browser.wait("document.documentElement?.dataset.ready === 'true'")
    assert browser.js("location.pathname.split('/').pop()") == "page.html"
    follow(browser, PATHS_SHOWN - 1, rows[-1]["text"])


def test_an_example_that_comes_up_later_has_its_command(browser: Browser, tmp_path: Path):
    browser.open(write(tmp_path / "page.html"))
    first = set(examples())
    browser.choose(campaign=0)
    rows = listed(browser)
    ids = {row["command"].removeprefix("attribution explain ") for row in rows}
    assert ids & first and ids - first
    assert {row["text"] for row in rows if row["text"]} == ids & first


def test_the_page_works_without_its_folder(browser: Browser, tmp_path: Path):
    alone = tmp_path / "sent" / "page.html"
    alone.parent.mkdir()
    write(tmp_path / "page.html").rename(alone)
    browser.open(alone)
    assert browser.said == []
    assert len(listed(browser)) == PATHS_SHOWN


def test_no_journeys_leaves_out_folder_and_links(browser: Browser, tmp_path: Path):
    answer = CliRunner().invoke(app, ["dashboard", "--no-journeys", "--out", str(tmp_path / "page.html")])
    assert answer.exit_code == 0
    assert "journeys" not in answer.stdout.replace(str(tmp_path), "")
    assert [file.name for file in tmp_path.iterdir()] == ["page.html"]
    browser.open(tmp_path / "page.html")
    assert browser.said == []
    assert [row["command"] for row in listed(browser)] == [f"attribution explain {id}" for id in examples()]
    assert not any(row["href"] for row in listed(browser))


def test_the_command_says_where_the_journeys_are(tmp_path: Path):
    answer = CliRunner().invoke(app, ["dashboard", "--out", str(tmp_path / "page.html")])
    assert answer.exit_code == 0
    assert f"page_journeys ({PATHS_SHOWN} example journeys)" in answer.stdout.replace("\n", "")


def test_odd_ids_and_an_odd_folder_are_linked(browser: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    marts = Marts(tmp_path / "odd.duckdb")
    fill(marts)
    monkeypatch.setenv("ATTRIBUTION_DUCKDB_PATH", str(marts.path))
    named = dict(zip(examples(), ODD, strict=False))
    with marts.connect() as connection:
        for table in ("fct_attribution", "fct_conversions"):
            for old, new in named.items():
                connection.execute(f"update marts.{table} set conversion_id = ? where conversion_id = ?", [new, old])
    # An id that is no longer the least of its path is no longer its example.
    shown = examples()
    odd = [id for id in ODD if id in shown]
    assert len(odd) >= 6
    folder = tmp_path / "my #1: 50% <b>?"
    page = write(tmp_path / f"{folder.name}.html")
    folder = tmp_path / f"{folder.name}_journeys"
    names = sorted(file.name for file in folder.iterdir())
    assert len(names) == PATHS_SHOWN
    assert all(name.isascii() and not set(name) & set("/\\\"'<>:?#% ") for name in names)
    assert {"explain_a_b_c_d_.html", "explain_a_b_c_d__2.html"} <= set(names)
    browser.open(page)
    assert browser.said == []
    rows = listed(browser)
    # As the browser reads the addresses, they are files of the folder.
    assert sorted(unquote(urlsplit(row["opens"]).path) for row in rows) == [str(folder / name) for name in names]
    for id in odd:
        place = shown.index(id)
        assert rows[place]["text"] == id.replace("'", "'\\''")
        assert rows[place]["href"].count("/") == 1
        # Without a click, for which the dashboard would have to be drawn again each time.
        browser.send("Page.navigate", url=rows[place]["opens"])
        shows(browser, id)


def test_pages_of_an_earlier_time_are_taken_away_and_nothing_else(tmp_path: Path):
    folder = tmp_path / "page_journeys"
    (folder / "explain_a.html").mkdir(parents=True)
    for name in ("explain_old.html", "notes.txt", "explain_old.txt", "other.html"):
        (folder / name).write_text("mine")
    (tmp_path / "explain_old.html").write_text("mine")
    write(tmp_path / "page.html", with_journeys=False)
    assert (folder / "explain_old.html").exists()
    write(tmp_path / "page.html")
    assert not (folder / "explain_old.html").exists()
    assert (tmp_path / "explain_old.html").exists()
    left = {file.name for file in folder.iterdir()}
    assert left == {"notes.txt", "explain_old.txt", "other.html", "explain_a.html"} | {
        f"explain_{id}.html" for id in examples()
    }


def test_a_warehouse_without_conversions_makes_no_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("ATTRIBUTION_DUCKDB_PATH", str(Marts(tmp_path / "empty.duckdb").path))
    write(tmp_path / "page.html")
    assert not (tmp_path / "page_journeys").exists()


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path):
    (tmp_path / "page_journeys").write_text("a file")
    with pytest.raises(AttributionError, match="page_journeys") as error:
        write(tmp_path / "page.html")
    assert "--no-journeys" in error.value.remedy


def test_ids_that_come_to_one_name_are_told_apart():
    names = journeys.file_names(["a/b", "a_b", "A?B", "a_b_2", "x"])
    assert list(names.values()) == [
        "explain_a_b.html", "explain_a_b_2.html", "explain_A_B_3.html", "explain_a_b_2_2.html", "explain_x.html"
    ]  # fmt: skip
