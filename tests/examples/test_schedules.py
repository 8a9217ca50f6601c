"""The scripts of the schedules, run for real: a lock, a log, an alarm; and the check of the crontab."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from threading import Thread
from types import ModuleType

import duckdb
import pytest

from common.settings import PROJECT_DIR

EXAMPLES = PROJECT_DIR / "examples"
NEEDED = [name for name in ("curl", "flock") if shutil.which(name) is None]
needs_programs = pytest.mark.skipif(bool(NEEDED), reason=f"this machine has no {' and no '.join(NEEDED)}")


@pytest.fixture(scope="module")
def check() -> ModuleType:
    """examples/check.py, which is a program and no part of a package."""
    spec = spec_from_file_location("examples_check", EXAMPLES / "check.py")
    assert spec is not None and spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def webhook() -> Iterator[tuple[str, list[str]]]:
    """An address on loopback, and the texts that were sent to it."""
    texts: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            texts.append(json.loads(self.rfile.read(int(self.headers["Content-Length"])))["text"])
            self.send_response(200)
            self.end_headers()

        def log_message(self, format: str, *arguments: object) -> None:
            """Nothing on stderr."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/", texts
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder that looks to scheduled.sh like the project: its commands are `works` and `fails`."""
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    for name, code in (("works", 0), ("fails", 3)):
        program = tmp_path / ".venv" / "bin" / name
        program.write_text(f'#!/bin/sh\necho "{name} says \\"$1\\" with $SECRET"\nexit {code}\n', encoding="utf-8")
        program.chmod(0o755)
    (tmp_path / "examples").symlink_to(EXAMPLES)
    (tmp_path / "log").mkdir()
    return tmp_path


def scheduled(project: Path, *arguments: str, webhook: str = "") -> subprocess.CompletedProcess[str]:
    """cron/scheduled.sh as cron calls it: no terminal, hardly an environment."""
    settings = project / "environment"
    settings.write_text(f"SECRET='pass word'\nALERT_WEBHOOK={webhook}\nALERT_MAIL=\n", encoding="utf-8")
    return subprocess.run(
        [EXAMPLES / "cron" / "scheduled.sh", *arguments],
        env={"PATH": os.environ["PATH"], "PROJECT": str(project), "SETTINGS": str(settings), "LOGS": f"{project}/log"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
    )


def log_of(project: Path, name: str) -> str:
    (file,) = (project / "log").glob(f"{name}-*.log")
    return file.read_text(encoding="utf-8")


@needs_programs
def test_a_run_that_ends_well_is_logged_and_says_nothing(project, webhook):
    address, texts = webhook
    ended = scheduled(project, "run", "works", "now", webhook=address)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")
    assert 'works says "now" with pass word' in log_of(project, "run")
    assert texts == []


@needs_programs
def test_a_run_that_fails_raises_the_alarm_with_what_it_said(project, webhook):
    address, texts = webhook
    ended = scheduled(project, "run", "fails", "now", webhook=address)
    assert ended.returncode == 3
    assert "(exit code 3)" in log_of(project, "run")
    (text,) = texts
    assert "run failed with exit code 3" in text
    assert 'fails says "now"' in text


@needs_programs
def test_an_alarm_that_reaches_nobody_is_said_to_cron(project):
    ended = scheduled(project, "run", "fails", "now")
    assert ended.returncode != 0
    assert "nobody was told" in ended.stderr


@needs_programs
def test_an_alarm_that_the_webhook_refuses_is_no_success(project):
    ended = scheduled(project, "run", "fails", "now", webhook="http://127.0.0.1:1/")
    assert ended.returncode != 0
    assert "curl" in ended.stderr


@needs_programs
def test_a_second_run_waits_for_the_first(project):
    marks = project / "marks"
    slow = project / ".venv" / "bin" / "slow"
    slow.write_text(f"#!/bin/sh\necho begin >>{marks}\nsleep 0.5\necho end >>{marks}\n", encoding="utf-8")
    slow.chmod(0o755)
    runs = [Thread(target=scheduled, args=(project, "run", "slow")) for _ in range(2)]
    for each in runs:
        each.start()
    for each in runs:
        each.join()
    assert marks.read_text(encoding="utf-8").split() == ["begin", "end", "begin", "end"]


def findings(file: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, EXAMPLES / "alerts" / "findings.py"],
        env={**os.environ, "ATTRIBUTION_DUCKDB_PATH": str(file)},
        cwd=PROJECT_DIR,
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_findings_are_an_alarm_only_where_they_are_errors(tmp_path):
    file = tmp_path / "w.duckdb"
    with duckdb.connect(str(file)) as warehouse:
        warehouse.execute("create schema reports")
        warehouse.execute(
            "create table reports.rpt_data_quality (finding varchar, source varchar, record_id varchar,"
            " severity varchar, detail varchar, value_at_stake decimal(18, 2))"
        )
        warehouse.execute("insert into reports.rpt_data_quality values ('refund', 'files', '1', 'warn', 'd', 5)")
    ended = findings(file)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    with duckdb.connect(str(file)) as warehouse:
        warehouse.execute(
            "insert into reports.rpt_data_quality values ('cost_without_rate', 'files', '1', 'error', 'No rate.', null)"
        )
    ended = findings(file)
    assert ended.returncode == 1
    assert "cost_without_rate (files): 1 record. No rate.\n1 kind of findings with" in ended.stdout
    assert "refund" not in ended.stdout


def test_findings_of_a_warehouse_that_is_not_there_are_an_error_of_another_kind(tmp_path):
    ended = findings(tmp_path / "none.duckdb")
    assert ended.returncode == 2
    assert "There is no warehouse at" in ended.stderr


@pytest.mark.parametrize(
    ("text", "field", "values"),
    [
        ("7", "minute", {7}),
        ("*/6", "hour", {0, 6, 12, 18}),
        ("1-5", "day of week", {1, 2, 3, 4, 5}),
        ("mon,wed", "day of week", {1, 3}),
        ("dec", "month", {12}),
        ("10-20/5,59", "minute", {10, 15, 20, 59}),
        ("20/20", "minute", {20, 40}),
    ],
)
def test_a_field_of_a_crontab_is_read_as_cron_reads_it(check, text, field, values):
    assert check.cron_values(text, field) == values


@pytest.mark.parametrize(
    "line",
    [
        "60 * * * * true",
        "7 24 * * * true",
        "7 * 0 * * true",
        "7 * * 13 * true",
        "7 * * * 8 true",
        "*/0 * * * * true",
        "5-1 * * * * true",
        "7 * * * true",
        "x * * * * true",
        "7 * * * * date +%Y",
        "# nothing",
    ],
)
def test_a_crontab_that_cron_would_refuse_or_cut_is_wrong(check, line):
    with pytest.raises(check.Wrong):
        check.cron_lines(line)


def test_the_examples_that_need_no_package_are_as_they_should_be(check):
    for each in (check.alerts, check.cron, check.systemd, check.github_actions):
        assert each()


def test_a_broken_example_fails_the_check_and_the_others_are_still_looked_at(check, monkeypatch, capsys):
    def broken() -> str:
        raise check.Wrong("it is broken")

    def fine() -> str:
        return "looked at"

    monkeypatch.setattr(check, "CHECKS", (broken, fine))
    assert check.main() == 1
    said = capsys.readouterr().out.splitlines()
    assert said == ["broken: failed: it is broken", "fine: ok (looked at)", "examples: 1 ok, 1 failed"]
