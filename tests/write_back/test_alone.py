"""One write-back at a time: a second one is refused and told who runs, and a killed one blocks nobody."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from common import lock
from common.settings import PROJECT_DIR
from write_back.run import write_back

HOLD = """
import subprocess, sys
from common import lock
with lock.alone("attribution run"):
    if sys.argv[1:] == ["child"]:
        code = "import sys; sys.stdin.read()"
        child = subprocess.Popen([sys.executable, "-c", code], stdin=0, pass_fds=lock.inherited())
    print("held", flush=True)
    input()
"""


@contextmanager
def held(*arguments: str) -> Iterator[subprocess.Popen[str]]:
    """Another process that holds the lock of this test's warehouse."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, *arguments],
        cwd=PROJECT_DIR,
        env={**os.environ, "PYTHONPATH": str(PROJECT_DIR)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout.readline() == "held\n"
        yield process
    finally:
        process.kill()
        process.wait()
        process.stdin.close()
        process.stdout.close()


def test_second_write_back_is_refused_and_told_who_runs(org, export, row):
    export.fill(row(1))
    with held() as process:
        with pytest.raises(
            lock.AlreadyRunning, match=rf"`attribution run` \(process {process.pid} on .+, since 20"
        ) as no:
            write_back()
        assert "stop it" in no.value.remedy
        assert write_back(dry_run=True).planned.new == 1
    assert org.writes == []


def test_killed_holder_is_taken_over_and_the_file_goes_with_the_last(org, export, row):
    export.fill(row(1))
    with held() as process:
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert lock.path().exists()
        assert write_back().sent == 1
    assert not lock.path().exists()


def test_file_with_the_id_of_a_process_that_is_another_by_now_blocks_nobody(org, export, row):
    export.fill(row(1))
    lock.path().write_text(f'{{"command": "attribution run", "pid": {os.getpid()}, "process_began": "1"}}')
    assert write_back().sent == 1


@pytest.mark.parametrize("content", ["", "{", "[]", "no json"])
def test_file_that_says_nothing_blocks_nobody(export, content):
    lock.path().write_text(content)
    with lock.alone("attribution run"):
        assert str(os.getpid()) in lock.path().read_text()


def test_build_that_outlives_a_killed_run_keeps_the_lock(org, export, row):
    export.fill(row(1))
    with held("child") as process:
        process.send_signal(signal.SIGKILL)
        process.wait()
        with pytest.raises(lock.AlreadyRunning, match="was killed, and a dbt build that it began is still running"):
            write_back()


def test_lock_within_the_lock_is_the_same(export):
    with lock.alone("attribution run"):
        with lock.alone("attribution write-back"):
            assert "attribution run" in lock.path().read_text()
        assert lock.path().exists()
    assert not lock.path().exists()


def test_each_snowflake_database_has_a_lock_of_its_own(monkeypatch, tmp_path):
    key = tmp_path / "key.p8"
    key.touch()
    monkeypatch.setenv("ATTRIBUTION_TARGET", "snowflake")
    found: set[Path] = set()
    for database in ("A", "B", "a"):
        for name, value in {"ACCOUNT": "acme", "USER": "u", "PRIVATE_KEY_PATH": str(key), "DATABASE": database}.items():
            monkeypatch.setenv(f"SNOWFLAKE_{name}", value)
        found.add(lock.path())
    assert len(found) == 2
