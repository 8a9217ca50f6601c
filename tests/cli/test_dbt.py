"""dbt as a process of its own: what it prints, what its failure becomes, and that it ends with the command."""

from __future__ import annotations

import signal
import subprocess
import sys
import time

import pytest

from cli import dbt as cli_dbt
from cli.dbt import dbt
from common.errors import AttributionError
from common.settings import PROJECT_DIR


def test_quiet_dbt_says_nothing_while_all_goes_well(capsys):
    dbt("--version", quiet=True)
    assert capsys.readouterr() == ("", "")


def test_dbt_s_words_are_shown_where_it_fails_even_if_quiet(capsys):
    with pytest.raises(AttributionError, match="dbt biuld failed"):
        dbt("biuld", quiet=True)
    assert "No such command 'biuld'" in capsys.readouterr().err


def test_dbt_gets_the_warehouse_by_its_full_path(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ATTRIBUTION_DUCKDB_PATH", "w.duckdb")
    assert cli_dbt.environment()["ATTRIBUTION_DUCKDB_PATH"] == str(tmp_path / "w.duckdb")


def test_a_command_that_is_stopped_stops_its_dbt(environment, tmp_path):
    settings = environment(
        ATTRIBUTION_DUCKDB_PATH=tmp_path / "w.duckdb",
        DBT_TARGET_PATH=tmp_path / "target",
        DBT_LOG_PATH=tmp_path / "logs",
    )
    # main's own handling of a stop, around a dbt that takes long enough to be stopped.
    program = "import sys; from cli import dbt, main; main.app = lambda **_: dbt.dbt('parse'); main.main()"
    process = subprocess.Popen(
        [sys.executable, "-c", program], cwd=PROJECT_DIR, env=settings, stderr=subprocess.PIPE, text=True
    )
    try:
        first = process.stderr.readline()
        assert "Running with dbt" in first
        begun = time.monotonic()
        process.send_signal(signal.SIGTERM)
        # The pipe ends only when dbt, which writes into it too, has ended.
        process.stderr.read()
        assert process.wait(timeout=10) == 143
        assert time.monotonic() - begun < 10
    finally:
        process.kill()
        process.wait()
        process.stderr.close()
    assert not (tmp_path / "target" / "manifest.json").exists()
