"""What a user can mend is a sentence on stderr with exit code 1, never a traceback."""

from __future__ import annotations

import sys

import duckdb
import pytest

from cli import main as cli_main
from common import settings
from common.errors import AttributionError


def raising(error):
    def app(**_):
        raise error

    return app


def leave(monkeypatch, capsys, error, *arguments):
    """What `attribution` prints and exits with where its command raises ``error``."""
    monkeypatch.setattr(sys, "argv", ["attribution", *arguments])
    monkeypatch.setattr(cli_main, "app", raising(error))
    with pytest.raises(SystemExit) as left:
        cli_main.main()
    return left.value.code, capsys.readouterr()


def test_an_error_that_was_foreseen_is_its_sentence_and_its_remedy(monkeypatch, capsys):
    code, printed = leave(monkeypatch, capsys, AttributionError("The [b] file is empty.", "Fill it."))
    assert (code, printed.out, printed.err) == (1, "", "The [b] file is empty.\nFill it.\n")


def test_an_error_that_was_not_is_named_with_the_way_to_see_more(monkeypatch, capsys):
    code, printed = leave(monkeypatch, capsys, ZeroDivisionError("division by zero"))
    assert code == 1
    assert printed.err.startswith("ZeroDivisionError: division by zero\n")
    assert "--debug" in printed.err


def test_debug_lets_the_error_through_with_its_traceback(monkeypatch):
    monkeypatch.setattr(sys, "argv", ["attribution", "--debug", "load"])
    monkeypatch.setattr(cli_main, "app", raising(ZeroDivisionError()))
    with pytest.raises(ZeroDivisionError):
        cli_main.main()


def test_debug_shows_a_traceback_in_a_process_of_its_own(run_process, tmp_path, is_sentence):
    file = tmp_path / "w.duckdb"
    assert "Traceback" in run_process("--debug", "load", "genesys", ATTRIBUTION_DUCKDB_PATH=file).stderr
    assert is_sentence(run_process("load", "genesys", ATTRIBUTION_DUCKDB_PATH=file))


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["load", "genesys"], "GENESYSCLOUD_REGION"),
        (["load", "salesforce"], "SALESFORCE_INSTANCE_URL"),
        (["load", "--vars", "{sources: [genesis]}"], "genesis"),
        (["load", "--vars", "{sources: [files]}"], "attribution load files"),
        (["load", "--vars", "[1]"], "--vars"),
        (["run", "--vars", "{sources: []}"], "sources"),
        (["load", "salesforce", "--vars", "{crm_timezone: Europe/Berln}"], "Did you mean Europe/Berlin?"),
        (["run", "--vars", "{crm_timezone: Mars}"], "'Mars', which is no IANA time zone"),
        (["write-back"], "There is no warehouse at"),
    ],
)
def test_a_setting_that_is_missing_or_impossible_is_named(attribution, arguments, said, is_sentence):
    answer = attribution(*arguments)
    assert is_sentence(answer)
    assert said in answer.stderr


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('A = "1"\nB = "hush\nC = "2"\n', "line 2, is no TOML: A quotation mark does not close."),
        ('A = "1"\nB = "hush', "line 2, is no TOML: A quotation mark does not close."),
        ('A = "1"\nB = "hush"\n\nB = "2"\n', "line 4, is no TOML: Cannot overwrite a value."),
        ("A = hush\n", "line 1, is no TOML: Invalid value."),
    ],
)
def test_a_slip_in_secrets_toml_is_named_with_its_line_and_no_secret(monkeypatch, tmp_path, text, said):
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".dlt").mkdir()
    (tmp_path / ".dlt" / "secrets.toml").write_text(text)
    with pytest.raises(AttributionError) as caught:
        settings.secret("SALESFORCE_CLIENT_ID_THAT_NOTHING_SETS")
    assert f".dlt/secrets.toml, {said}" in caught.value.message
    assert "hush" not in str(caught.value)
    assert caught.value.remedy.startswith("Mend that line.")


def test_a_region_that_is_none_is_refused_with_those_that_are(attribution, is_sentence):
    answer = attribution(
        "load",
        "genesys",
        GENESYSCLOUD_REGION="the moon",
        GENESYSCLOUD_OAUTHCLIENT_ID="a",
        GENESYSCLOUD_OAUTHCLIENT_SECRET="b",
    )
    assert is_sentence(answer)
    assert "the moon" in answer.stderr and "eu-central-1" in answer.stderr


def test_explain_without_a_warehouse_says_what_to_run_first(attribution, is_sentence):
    answer = attribution("explain", "x")
    assert is_sentence(answer)
    assert "attribution load" in answer.stderr


def test_explain_with_nothing_loaded_says_what_to_run_first(attribution, tmp_path, is_sentence):
    duckdb.connect(str(tmp_path / "w.duckdb")).close()
    answer = attribution("explain", "x")
    assert is_sentence(answer)
    assert "attribution load" in answer.stderr and "dbt build" in answer.stderr


def test_a_locked_file_is_said_to_be_in_use_and_by_whom(run_process, tmp_path, is_sentence):
    import os

    holder = duckdb.connect(str(tmp_path / "w.duckdb"))
    try:
        answer = run_process("explain", "x", ATTRIBUTION_DUCKDB_PATH=tmp_path / "w.duckdb")
    finally:
        holder.close()
    assert is_sentence(answer)
    assert "in use" in answer.stderr and str(os.getpid()) in answer.stderr


def test_a_file_that_is_not_duckdb_s_is_named(attribution, tmp_path, is_sentence):
    (tmp_path / "w.duckdb").write_text("Once upon a time there was a file that was no database at all.\n" * 400)
    answer = attribution("explain", "x")
    assert is_sentence(answer)
    assert "not a DuckDB file" in answer.stderr and "w.duckdb" in answer.stderr
