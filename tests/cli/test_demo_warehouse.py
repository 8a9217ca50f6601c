"""The demo fills a file of its own, and never mixes the sandbox with somebody's org."""

from __future__ import annotations

import duckdb
import pytest

from cli.demo_warehouse import SANDBOX, make_room
from common.errors import AttributionError

TODAY = {"id": "today", "name": SANDBOX}


@pytest.fixture
def file(tmp_path, monkeypatch):
    path = tmp_path / "w.duckdb"
    monkeypatch.setenv("ATTRIBUTION_DUCKDB_PATH", str(path))
    return path


def fill(path, organization=None, sources=("genesys", "salesforce")):
    with duckdb.connect(str(path)) as connection:
        for source in sources:
            connection.execute(f"create schema raw_{source}")
            connection.execute(f"create table raw_{source}.completed_loads (loaded_at timestamptz)")
        if organization:
            connection.execute("create table raw_genesys.organization (id text, name text)")
            connection.execute("insert into raw_genesys.organization values (?, ?)", list(organization.values()))


def test_a_file_that_is_not_there_is_none_to_worry_about(file):
    make_room(TODAY)
    assert not file.exists()


def test_the_same_sandbox_is_gone_on_with(file):
    fill(file, TODAY)
    make_room(TODAY)
    assert file.exists()


def test_a_sandbox_of_another_day_is_begun_anew_and_said(file, capsys):
    fill(file, {**TODAY, "id": "yesterday"})
    make_room(TODAY)
    assert not file.exists()
    assert "another day" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("organization", "sources", "said"),
    [
        ({"id": "acme", "name": "Acme"}, ("genesys", "salesforce"), "the org Acme"),
        ({**TODAY, "id": "yesterday"}, ("genesys", "files"), "files of your own"),
        (None, ("salesforce",), "salesforce"),
    ],
)
def test_what_came_from_no_sandbox_is_left_alone(file, organization, sources, said):
    fill(file, organization, sources)
    with pytest.raises(AttributionError, match=said):
        make_room(TODAY)
    assert file.exists()


@pytest.mark.parametrize(
    ("name", "variables", "environment", "is_refused"),
    [
        (SANDBOX, "{}", {}, True),
        (SANDBOX, "{sources: [genesys, salesforce, files]}", {}, True),
        (SANDBOX, "{sources: [files]}", {}, False),
        (SANDBOX, "{}", {"GENESYSCLOUD_BASE_URL": "http://127.0.0.1:8080"}, False),
        ("Acme", "{}", {}, False),
    ],
)
def test_files_of_ones_own_do_not_go_into_the_demo_s_warehouse(
    file, attribution, is_sentence, tmp_path, name, variables, environment, is_refused
):
    """Unless a build would read the files alone, or the settings point at a sandbox that runs."""
    fill(file, {"id": "today", "name": name})
    (tmp_path / "t.csv").write_text("touch_id,touched_at,channel,lead_id\nt1,2026-05-01,sms,L1\n")
    given = ("load", "files", "--touches", str(tmp_path / "t.csv"), "--vars", variables)
    answer = attribution(*given, ATTRIBUTION_DUCKDB_PATH=file, **environment)
    if is_refused:
        assert is_sentence(answer)
        assert f"{file} holds the demo's data" in answer.stderr
        assert "export ATTRIBUTION_DUCKDB_PATH=files.duckdb" in answer.stderr
    else:
        assert answer.returncode == 0, answer.stderr
    with duckdb.connect(str(file)) as connection:
        loaded = connection.execute("select 1 from duckdb_tables() where schema_name = 'raw_files'").fetchall()
    assert bool(loaded) is not is_refused
