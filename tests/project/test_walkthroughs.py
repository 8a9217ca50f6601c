"""The walk-throughs of CONTRIBUTING.md, done: a copy of the project is changed as the page says, loaded and built."""

from __future__ import annotations

import csv
import json
import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import duckdb
import pytest

from cli.dbt import DBT
from common.settings import PROJECT_DIR
from sandbox.content import build_org
from sandbox.server import Sandbox

COPIED = (
    *("cli", "common", "ingestion", "macros", "models", "sandbox", "seeds", "write_back"),
    *("dashboard", "explain", "tests/generic", "tests/singular", "tests/project", "tests/conftest.py"),
    "tests/histories/parsed.py",
    *("dbt_project.yml", "profiles.yml", "pyproject.toml", ".dlt/config.toml"),
)
SOURCES = ["genesys", "letters", "files"]
# Several `attribution` commands, one after the other, in one process: each of its own imports for seconds.
COMMANDS = """
import json, sys
from cli.main import main
for arguments in json.loads(sys.argv[1]):
    sys.argv = ["attribution", *arguments]
    try:
        main()
    except SystemExit as ended:
        if ended.code:
            raise
"""
COBROWSED = 3
LETTERS = [
    {"id": "L1", "lead_id": "P1", "campaign_id": "spring", "delivered_at": "2026-05-01T10:00:00Z", "cost": "1.20"},
    {"id": "L2", "lead_id": "P1", "campaign_id": "spring", "delivered_at": "2026-05-08T10:00:00Z", "cost": "1.20"},
]
TOUCHES = [
    {"touch_id": "T1", "lead_id": "P1", "touched_at": "2026-05-09T10:00:00Z", "channel": "email", "campaign_id": "may"}
]
CONVERSIONS = [
    {"conversion_id": "C1", "lead_id": "P1", "converted_at": "2026-05-10T10:00:00Z", "conversion_value": "100.01"}
]


# The sentence that ends in a colon right before a block says what is done with the block.
STEP = re.compile(
    r"(?:(?P<new>New file) `(?P<new_path>[^`]+)`"
    r"|(?P<end>At the end of) `(?P<end_path>[^`]+)`"
    r"|In `(?P<path>[^`]+)`, (?P<where>before|after each|in place of) `(?P<anchor>[^`]+)`):\n\n"
    r"```\w*\n(?P<text>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)


@dataclass(frozen=True)
class Step:
    """``anchor`` is part of the line that the text goes before, after or in place of; None for a whole file's text."""

    path: str
    where: str
    anchor: str | None
    text: str

    def apply(self, project: Path) -> None:
        """Make the change in ``project``; fails where the file or the line is not as the step says."""
        file = project / self.path
        if self.where == "New file":
            assert not file.exists(), f"{self.path} is there already"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(self.text, encoding="utf-8")
            return
        text = file.read_text(encoding="utf-8")
        if self.where == "At the end of":
            file.write_text(text + self.text, encoding="utf-8")
            return
        lines = text.splitlines(keepends=True)
        found = [number for number, line in enumerate(lines) if self.anchor in line]
        assert found, f"{self.path} has no line with {self.anchor}"
        assert self.where == "after each" or len(found) == 1, f"{self.path} has {len(found)} lines with {self.anchor}"
        for number in reversed(found):
            old = lines[number]
            lines[number] = {"before": self.text + old, "after each": old + self.text, "in place of": self.text}[
                self.where
            ]
        file.write_text("".join(lines), encoding="utf-8")


def walkthroughs(page: str) -> dict[str, list[Step]]:
    """Title of each walk-through (a heading of the third level) → its steps in order."""
    part = page.partition("\n## Walk-throughs\n")[2]
    found = {}
    for section in re.split(r"^### ", part, flags=re.MULTILINE)[1:]:
        title, _, body = section.partition("\n")
        steps = [step_of(match) for match in STEP.finditer(body)]
        blocks = len(re.findall(r"^```", body, re.MULTILINE)) // 2
        assert len(steps) == blocks, f"{title}: {blocks} blocks, of which {len(steps)} say which file they belong to"
        found[title] = steps
    return found


def step_of(match: re.Match[str]) -> Step:
    return Step(
        path=match["new_path"] or match["end_path"] or match["path"],
        where=match["new"] or match["end"] or match["where"],
        anchor=match["anchor"],
        text=match["text"],
    )


class Copy:
    """The changed project in a folder of its own, with a warehouse of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "project"
        self.warehouse = folder / "warehouse.duckdb"

    def run(self, *command: str, **settings: str) -> str:
        """A Python command in the copy; returns what it printed, fails with that where it failed."""
        run = subprocess.run(
            [sys.executable, *command],
            cwd=self.folder,
            env={
                # A pytest in the copy is no worker of this run, and shares nothing with it.
                **{name: value for name, value in os.environ.items() if not name.startswith("PYTEST_XDIST")},
                "ATTRIBUTION_DUCKDB_PATH": str(self.warehouse),
                "DBT_PROFILES_DIR": str(self.folder),
                "PYTHONPATH": str(self.folder),
                **settings,
            },
            capture_output=True,
            text=True,
            check=False,
        )
        assert run.returncode == 0, run.stdout[-6000:] + run.stderr[-3000:]
        return run.stdout

    def query(self, sql: str) -> list[dict[str, Any]]:
        with duckdb.connect(str(self.warehouse), read_only=True) as connection:
            cursor = connection.execute(sql)
            names = [column[0] for column in cursor.description]
            return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


@pytest.fixture(scope="module")
def changed(tmp_path_factory: pytest.TempPathFactory) -> Copy:
    """A copy of the project with every step of every walk-through made."""
    folder = tmp_path_factory.mktemp("walkthroughs")
    copy = Copy(folder)
    for path in COPIED:
        source, target = PROJECT_DIR / path, copy.folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
        elif source.exists():
            shutil.copy(source, target)
    for steps in walkthroughs((PROJECT_DIR / "CONTRIBUTING.md").read_text(encoding="utf-8")).values():
        for step in steps:
            step.apply(copy.folder)
    # Where they last, vars stand in the project's file.
    settings = copy.folder / "dbt_project.yml"
    text = settings.read_text(encoding="utf-8")
    assert "\n  sources: [genesys, salesforce]\n" in text
    text = text.replace("\n  sources: [genesys, salesforce]\n", f"\n  sources: [{', '.join(SOURCES)}]\n")
    settings.write_text(text, encoding="utf-8")
    return copy


@pytest.fixture(scope="module")
def print_shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a print shop that lists LETTERS."""

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *arguments: Any) -> None:
            """Keep requests out of the tests' output."""

    folder = tmp_path_factory.mktemp("print_shop")
    (folder / "letters.json").write_text(json.dumps(LETTERS), encoding="utf-8")
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/letters.json"
        server.shutdown()


@pytest.fixture(scope="module")
def built(changed: Copy, print_shop: str, tmp_path_factory: pytest.TempPathFactory) -> Copy:
    """The copy after `load` of three sources and a `dbt build` with every data test."""
    org = build_org(seed=1, scale=0.01, as_of=date(2026, 6, 15))
    calls = [
        call for call in org.conversations if call["originatingDirection"] == "outbound" and media(call) == {"voice"}
    ]
    assert len(calls) > COBROWSED
    for call in calls[:COBROWSED]:
        for participant in call["participants"]:
            for session in participant["sessions"]:
                session["mediaType"] = "cobrowse"
    folder = tmp_path_factory.mktemp("given")
    files = []
    for name, rows in {"touches": TOUCHES, "conversions": CONVERSIONS}.items():
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
        files += [f"--{name}", str(folder / f"{name}.csv")]
    loads = [["load", "genesys"], ["load", "files", *files], ["load", "letters"]]
    with Sandbox(org, port=0, rate_limit=100_000) as sandbox:
        changed.run("-c", COMMANDS, json.dumps(loads), **sandbox.environment, LETTERS_URL=print_shop)
    # Unit tests of models that the walk-throughs leave alone say nothing about them.
    changed.run("-c", DBT, "--quiet", "--no-use-colors", "build", "--exclude-resource-type", "unit_test")
    return changed


def media(conversation: dict[str, Any]) -> set[str]:
    return {session["mediaType"] for part in conversation["participants"] for session in part["sessions"]}


def test_every_kind_of_change_has_its_walkthrough():
    found = walkthroughs((PROJECT_DIR / "CONTRIBUTING.md").read_text(encoding="utf-8"))
    assert list(found) == ["A channel", "An attribution model", "A report", "A source"]
    assert all(found.values())


def test_a_channel_has_its_touches_and_its_weight(built):
    assert built.query("select count(*) as touches from marts.fct_touches where channel = 'cobrowse'") == [
        {"touches": COBROWSED}
    ]
    assert built.query("select channel_weight, has_weight_row from marts.dim_channels where channel = 'cobrowse'") == [
        {"channel_weight": 0.5, "has_weight_row": True}
    ]


def test_an_attribution_model_gives_credit_and_whole_cents(built):
    rows = built.query(
        """select touch_id, last_two_credit as credit, cast(last_two_value as varchar) as value
           from marts.fct_attribution where conversion_id = 'C1' order by position"""
    )
    assert [(row["touch_id"], row["credit"]) for row in rows] == [("L1", 0.0), ("L2", 0.5), ("T1", 0.5)]
    assert sorted(row["value"] for row in rows) == ["0.00", "50.00", "50.01"]
    assert built.query("select label from marts.dim_attribution_models where attribution_model = 'last_two'") == [
        {"label": "Last two touches"}
    ]


def test_a_report_sums_to_all_credit(built):
    rows = built.query(
        """select channel, credit, cast(attributed_value as varchar) as value
           from reports.rpt_channel_credit where attribution_model = 'linear' order by channel"""
    )
    assert [row["channel"] for row in rows] == ["email", "letter"]
    assert [round(row["credit"], 9) for row in rows] == [round(1 / 3, 9), round(2 / 3, 9)]
    assert sum(round(float(row["value"]) * 100) for row in rows) == 10001


def test_a_source_brings_its_touches_into_the_journey(built):
    assert built.query(
        """select touch_id, channel, cast(cost as varchar) as cost
           from marts.fct_touches where source = 'letters' order by touch_id"""
    ) == [
        {"touch_id": "L1", "channel": "letter", "cost": "1.2000"},
        {"touch_id": "L2", "channel": "letter", "cost": "1.2000"},
    ]


def test_the_changed_project_passes_its_own_check(changed):
    said = changed.run("-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/project/test_manifest.py")
    assert "passed" in said
