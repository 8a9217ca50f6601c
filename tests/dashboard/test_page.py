"""The file itself, before any browser reads it: what it may load, what it holds, how it is written."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from html.parser import HTMLParser

import pytest
from marts import Marts, fill

from cli.dashboard import write
from common.errors import AttributionError
from common.settings import PROJECT_DIR
from dashboard.findings import MEANING_AND_REMEDY, REMEDY_WITHOUT_SYSTEMS, meaning_and_remedy
from dashboard.page import for_script


@pytest.fixture(scope="module")
def text(marts, page_of) -> str:
    return page_of(marts.path).read_text(encoding="utf-8")


class Elements(HTMLParser):
    """The page's elements with their attributes, and the text of its scripts."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: list[str] = []
        self.in_script = False
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        self.in_script = tag == "script" and "type" not in dict(attrs)

    def handle_endtag(self, tag):
        self.in_script = False

    def handle_data(self, data):
        if self.in_script:
            self.scripts.append(data)


def test_nothing_is_loaded_from_anywhere(text: str):
    for tag, attributes in Elements(text).elements:
        for name in ("src", "href", "action", "data", "poster", "srcset", "background"):
            assert (attributes.get(name) or "data:,").startswith(("data:", "#")), (tag, attributes)
    style = re.search(r"<style>(.*?)</style>", text, re.DOTALL)[1]
    assert "url(" not in style
    assert "@import" not in style


def test_the_policy_allows_the_page_s_own_scripts_and_no_eval(text: str):
    parsed = Elements(text)
    policy = next(
        attributes["content"]
        for tag, attributes in parsed.elements
        if tag == "meta" and attributes.get("http-equiv") == "Content-Security-Policy"
    )
    directives = {words[0]: words[1:] for words in map(str.split, policy.split(";"))}
    assert directives["default-src"] == ["'none'"]
    assert len(parsed.scripts) == 2
    hashes = [
        f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'" for script in parsed.scripts
    ]
    assert directives["script-src"] == hashes
    assert "connect-src" not in directives


def test_no_person_and_no_row_of_a_fact_is_in_it(text: str, marts: Marts):
    assert "person-" not in text
    assert "touch-1-" not in text
    # Of conversions only the examples of paths, by their id.
    assert (
        text.count("conversion-")
        <= marts.query("select count(distinct conversion_id) from marts.fct_attribution")[0][0]
    )


@pytest.mark.parametrize("name", ["</script><script>alert(1)</script>", "<!--", "{{ data }}", "\u2028", "a\\u003c\"'&"])
def test_json_for_a_script_element_cannot_end_it(name: str):
    made = for_script({"name": name})
    assert "<" not in made
    assert "\u2028" not in made
    assert json.loads(made) == {"name": name}


def test_every_documented_finding_has_its_advice():
    documented = re.findall(
        r"^\| `(\w+)` \| (?:info|warn|error) \|",
        (PROJECT_DIR / "docs" / "data_quality.md").read_text(encoding="utf-8"),
        re.MULTILINE,
    )
    assert len(documented) > 30
    assert set(documented) == set(MEANING_AND_REMEDY)


@pytest.mark.parametrize(
    ("sources", "remedy"),
    [
        (["genesys", "salesforce"], "Fill a datetime field and name it in salesforce_conversion_time_field."),
        (["genesys", "dynamics"], "Fill a datetime field and name it in dynamics_conversion_time_field."),
        (["files", "webhook"], "Give the time with the day, in converted_at."),
    ],
)
def test_advice_is_for_the_sources_that_there_are(sources: list[str], remedy: str):
    assert meaning_and_remedy("date_only_conversion", sources)[1] == remedy
    assert not any("{" in meaning_and_remedy(finding, sources)[1] for finding in MEANING_AND_REMEDY)
    assert set(REMEDY_WITHOUT_SYSTEMS) < set(MEANING_AND_REMEDY)


def test_a_small_warehouse_makes_a_small_file(text: str):
    assert len(text.encode()) < 1_500_000


def test_the_same_marts_give_the_same_cubes(tmp_path, page_of, text: str):
    again = Marts(tmp_path / "again.duckdb")
    fill(again)
    cubes = [re.search(r'"cubes":(.*?),"undated_costs"', each)[1] for each in (text, page_of(again.path).read_text())]
    assert cubes[0] == cubes[1]


def test_a_folder_that_is_not_there_is_named(tmp_path):
    with pytest.raises(AttributionError, match="no folder"):
        write(tmp_path / "nowhere" / "dashboard.html")


def test_a_warehouse_without_a_build_is_said(tmp_path, monkeypatch):
    import duckdb

    duckdb.connect(str(tmp_path / "empty.duckdb")).close()
    monkeypatch.setenv("ATTRIBUTION_DUCKDB_PATH", str(tmp_path / "empty.duckdb"))
    with pytest.raises(AttributionError, match="no finished build"):
        write(tmp_path / "dashboard.html")


def test_a_file_that_cannot_be_written_is_said(marts: Marts, tmp_path, monkeypatch):
    monkeypatch.setenv("ATTRIBUTION_DUCKDB_PATH", str(marts.path))
    with pytest.raises(AttributionError, match="can't be written"):
        write(tmp_path)
