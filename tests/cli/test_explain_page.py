"""The page of `explain --html`: whole in one file, closed to any network, readable, and as honest as the terminal."""

from __future__ import annotations

import base64
import hashlib
import re
from html.parser import HTMLParser

import pytest

from common.warehouse import connect
from explain.page import STYLE, page
from explain.report import Report, Table

VOID = {"meta", "rect", "br", "img", "link"}


class Reader(HTMLParser):
    """Elements in order, their text, and whether every one is closed by its own end."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if tag not in VOID:
            assert self.open.pop() == tag

    def handle_data(self, data):
        if data.strip() and self.open[-1:] != ["style"]:
            self.words.append(data.strip())


@pytest.fixture(scope="module")
def settings(finished_run):
    settings, answer = finished_run
    assert answer.returncode == 0, answer.stdout + answer.stderr
    return settings


@pytest.fixture(scope="module")
def ids(settings):
    """(conversion, touch) with several of the other."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ATTRIBUTION_DUCKDB_PATH", settings["ATTRIBUTION_DUCKDB_PATH"])
        with connect(read_only=True) as warehouse:
            conversion = warehouse.query(
                "select conversion_id from marts.fct_attribution group by 1 order by count(*) desc, 1 limit 1"
            )[0]["conversion_id"]
            touch = warehouse.query(
                "select touch_id from marts.fct_attribution group by 1 order by count(*) desc, 1 limit 1"
            )[0]["touch_id"]
    return conversion, touch


@pytest.mark.parametrize("by_touch", [False, True], ids=["conversion", "touch"])
def test_the_page_says_what_the_terminal_says(attribution, settings, ids, tmp_path, by_touch):
    arguments = ("--touch", ids[1]) if by_touch else (ids[0],)
    file = tmp_path / "page.html"
    answer = attribution("explain", *arguments, "--html", "--out", str(file), **settings)
    assert answer.returncode == 0, answer.stderr
    assert str(file) in answer.stdout
    shown = attribution("explain", *arguments, **settings).stdout
    reader = Reader(file.read_text(encoding="utf-8"))
    assert not reader.open
    page_words = " ".join(" ".join(reader.words).split())
    terminal_words = " ".join(re.sub(r"[│┃━┏┓┡┩┳╇─┴┘└]+", " ", shown).split())
    assert set(terminal_words.split()) - {"attribution"} <= set(page_words.split())
    assert "all agree" in page_words


def test_the_page_asks_no_network_and_runs_nothing(attribution, settings, ids, tmp_path):
    file = tmp_path / "page.html"
    attribution("explain", ids[0], "--html", "--out", str(file), **settings)
    text = file.read_text(encoding="utf-8")
    reader = Reader(text)
    tags = {tag for tag, _ in reader.elements}
    assert not tags & {"script", "link", "img", "iframe", "object", "form", "a"}
    assert not [name for _, attributes in reader.elements for name in attributes if name in ("src", "href", "style")]
    assert not [name for _, attributes in reader.elements for name in attributes if name.startswith("on")]
    assert "url(" not in text and "@import" not in text and "//" not in re.sub(r"<!doctype.*?>", "", text)
    policy = next(a["content"] for tag, a in reader.elements if a.get("http-equiv") == "Content-Security-Policy")
    style = re.search(r"<style>(.*?)</style>", text, re.DOTALL)[1]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert policy == f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"


def test_without_out_the_page_is_named_after_what_it_explains(settings, ids, monkeypatch, tmp_path):
    from typer.testing import CliRunner

    from cli.explain import default_name
    from cli.main import app

    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ATTRIBUTION_DUCKDB_PATH", settings["ATTRIBUTION_DUCKDB_PATH"])
    assert CliRunner().invoke(app, ["explain", ids[0], "--html"]).exit_code == 0
    assert [file.name for file in tmp_path.iterdir()] == [f"explain_{ids[0]}.html"]
    assert default_name("../../etc/pass wd") == "explain_.._.._etc_pass_wd.html"


def test_a_page_that_can_t_be_written_is_a_sentence(attribution, settings, ids, tmp_path, is_sentence):
    answer = attribution("explain", ids[0], "--html", "--out", str(tmp_path / "no" / "page.html"), **settings)
    assert is_sentence(answer)
    assert "--out" in answer.stderr and "can't be written" in answer.stderr


def test_names_do_no_harm():
    evil = "</script><script>alert(1)</script>\"'><img src=x onerror=alert(1)>" + "x" * 200
    report = Report(evil, [(evil, evil)], [evil], [evil], evil)
    table = Table(evil, (evil, "credit"), right=("credit",), rest=evil)
    table.add(evil, "0.5", share=0.5)
    report.blocks.append(table)
    reader = Reader(page(report))
    assert not reader.open
    assert not {"script", "img"} & {tag for tag, _ in reader.elements}
    assert reader.words.count(evil) == 11


def test_a_share_is_drawn_within_its_bar():
    report = Report("t", [("a", "b")])
    table = Table("t", ("credit",))
    for share in (0.25, 0, 1, 1.0000001):
        table.add("", share=share)
    report.blocks.append(table)
    widths = [a["width"] for tag, a in Reader(page(report)).elements if tag == "rect" and a["class"] == "part"]
    assert widths == ["25.00", "0.00", "100.00", "100.00"]


def test_tables_and_what_scrolls_have_names(attribution, settings, ids, tmp_path):
    file = tmp_path / "page.html"
    attribution("explain", ids[0], "--html", "--out", str(file), **settings)
    reader = Reader(file.read_text(encoding="utf-8"))
    titles = {a["id"] for tag, a in reader.elements if tag == "h2"}
    tables = [a["aria-labelledby"] for tag, a in reader.elements if tag == "table"]
    regions = [a for tag, a in reader.elements if a.get("role") == "region"]
    assert len(tables) >= 3 and set(tables) == titles
    assert all(a["tabindex"] == "0" and a["aria-labelledby"] in titles for a in regions)
    assert all(a.get("scope") == "col" for tag, a in reader.elements if tag == "th")
    assert ("html", {"lang": "en"}) in reader.elements


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_text_has_the_contrast_of_wcag_aa_in_light_dark_and_print():
    palettes = [dict(re.findall(r"--(\w+): (#\w{6})", block)) for block in STYLE.read_text().split(":root")[1:]]
    assert len(palettes) == 3
    for colours in palettes:
        for ink in ("ink", "muted", "accent"):
            for paper in ("page", "panel"):
                light, dark = sorted((luminance(colours[ink]), luminance(colours[paper])), reverse=True)
                assert (light + 0.05) / (dark + 0.05) >= 4.5, (ink, paper, colours)
