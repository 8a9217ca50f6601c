"""`attribution run` and what is read after it, on a small sandbox: load, gate, build, write-back, explain."""

from __future__ import annotations

import json
import os

import duckdb
import pytest
import requests
from parsed import folders

from common import lock
from common.warehouse import connect


@pytest.fixture(scope="module")
def settings(finished_run):
    settings, answer = finished_run
    assert answer.returncode == 0, answer.stdout + answer.stderr
    return settings


@pytest.fixture
def warehouse(settings, monkeypatch):
    monkeypatch.setenv("ATTRIBUTION_DUCKDB_PATH", settings["ATTRIBUTION_DUCKDB_PATH"])
    with connect(read_only=True) as warehouse:
        yield warehouse


def test_a_run_loads_builds_and_writes_back_with_one_exit_code(finished_run):
    settings, answer = finished_run
    assert answer.returncode == 0, answer.stdout + answer.stderr
    said = answer.stdout
    assert said.index("genesys: ") < said.index("salesforce: ") < said.index("build: ") < said.index("write-back: ")
    assert "0 failed" in said
    order = [answer.stderr.index(f"{step}: done in") for step in ("load genesys", "load salesforce", "freshness gate")]
    order += [answer.stderr.index(f"{step}: done in") for step in ("dbt build", "write-back")]
    assert order == sorted(order)
    journal = requests.get(settings["GENESYSCLOUD_BASE_URL"] + "/_sandbox/journal", timeout=10).json()
    assert journal


def summary_line(answer):
    """The last line on stdout, which is for programs."""
    return json.loads(answer.stdout.splitlines()[-1])


def test_the_last_line_says_all_of_a_run_for_a_scheduler(finished_run):
    _, answer = finished_run
    said = summary_line(answer)
    assert (said["command"], said["status"], said["exit_code"], said["failed_step"]) == ("run", "ok", 0, None)
    names = ["load genesys", "load salesforce", "freshness gate", "dbt build", "write-back"]
    assert [(step["step"], step["status"]) for step in said["steps"]] == [(name, "ok") for name in names]
    assert said["steps"][0]["rows"]["conversations"] > 100
    assert said["steps"][2]["sources"]["salesforce"] == {"age_hours": 0.0, "late": False}
    assert "salesforce was last loaded 0 minutes ago" in answer.stdout
    sent = said["steps"][-1]
    assert sent["target"] == "custom_attributes" and sent["sent"] > 10 and sent["failed"] == sent["not_tried"] == 0
    assert sent["requests"] > sent["sent"]
    assert sum(step["seconds"] for step in said["steps"]) <= said["seconds"] + 1
    assert f"write-back: {sent['sent']} records to send, {sent['sent']} requests, about" in answer.stderr


def test_a_run_beside_another_is_refused_and_told_who_runs(
    run_process, sandbox_settings, tmp_path, monkeypatch, is_sentence
):
    monkeypatch.setenv("ATTRIBUTION_DUCKDB_PATH", str(tmp_path / "w.duckdb"))
    with lock.alone("attribution run"):
        answer = run_process("run", **sandbox_settings, ATTRIBUTION_DUCKDB_PATH=tmp_path / "w.duckdb")
    assert is_sentence(answer, code=7)
    assert f"`attribution run` (process {os.getpid()} on " in answer.stderr and "is under way" in answer.stderr
    assert summary_line(answer)["exit_code"] == 7
    assert not (tmp_path / "w.duckdb").exists()


def test_nothing_is_written_to_a_terminal_s_taste_in_a_log(finished_run):
    _, answer = finished_run
    assert "\x1b[" not in answer.stdout
    assert "\r" not in answer.stderr


def test_explain_shows_the_journey_and_why_the_winner_won(attribution, settings, warehouse):
    conversion_id = longest_journey(warehouse)
    answer = attribution("explain", conversion_id, **settings)
    assert answer.returncode == 0, answer.stderr
    assert f"Conversion {conversion_id}" in answer.stdout
    assert "channel_weighted_time_decay" in answer.stdout
    assert "has the single win: it is the latest of the" in answer.stdout
    assert "stands in the Genesys Cloud org" in answer.stdout or "stand in the Genesys Cloud org" in answer.stdout


def test_explain_json_says_the_same_as_the_marts(attribution, settings, warehouse):
    conversion_id = longest_journey(warehouse)
    answer = attribution("explain", conversion_id, "--json", **settings)
    assert answer.returncode == 0, answer.stderr
    found = json.loads(answer.stdout)
    marts = warehouse.query(
        """select touch_id, channel_weighted_time_decay_credit as credit, hours_to_conversion
           from marts.fct_attribution where conversion_id = ? order by position""",
        [conversion_id],
    )
    assert [touch["touch_id"] for touch in found["touches"]] == [row["touch_id"] for row in marts]
    assert [touch["credit"] for touch in found["touches"]] == [row["credit"] for row in marts]
    assert sum(touch["credit"] for touch in found["touches"]) == pytest.approx(1, abs=1e-9)
    winner = warehouse.query(
        "select winning_touch_id from marts.fct_single_win where conversion_id = ?", [conversion_id]
    )
    assert found["single_win"]["winning_touch_id"] == winner[0]["winning_touch_id"]
    # What is shown has to be how the credit comes about: decay times weight, over their sum.
    weighted = [touch["decay"] * touch["channel_weight"] for touch in found["touches"]]
    assert [each / sum(weighted) for each in weighted] == pytest.approx([row["credit"] for row in marts], abs=1e-9)


def test_explain_uses_the_settings_of_the_build(attribution, settings, warehouse):
    answer = attribution("explain", longest_journey(warehouse), "--json", **settings)
    assert json.loads(answer.stdout)["settings"]["exported_model"] == "channel_weighted_time_decay"
    kept = warehouse.query("select vars from build_log.builds order by finished_at desc limit 1")[0]["vars"]
    assert json.loads(kept)["crm_timezone"] == "America/New_York"


def test_every_touch_that_was_left_out_has_a_rule_that_says_so(settings, warehouse):
    from cli.settings_of_build import last_build
    from explain.conversion import journey

    reasons, variables = set(), last_build(warehouse)
    for row in warehouse.query("select conversion_id from marts.fct_conversions order by conversion_id"):
        for touch in journey(warehouse, row["conversion_id"], variables)["left_out"]:
            reasons.add(touch["reason"])
    assert reasons
    assert not [reason for reason in reasons if reason.startswith("no rule")]


def test_a_conversion_without_a_touch_is_explained_too(attribution, settings, warehouse):
    rows = warehouse.query(
        "select conversion_id from marts.fct_conversions where touch_count = 0 order by conversion_id limit 1"
    )
    answer = attribution("explain", rows[0]["conversion_id"], **settings)
    assert answer.returncode == 0, answer.stderr
    assert "No touch qualifies" in answer.stdout


def test_an_unknown_conversion_gets_the_three_closest(attribution, settings, warehouse, is_sentence):
    known = longest_journey(warehouse)
    answer = attribution("explain", known[:-1] + "_", **settings)
    assert is_sentence(answer)
    assert known in answer.stderr
    assert answer.stderr.count(", ") == 2


def test_salesforce_s_short_form_of_an_id_is_understood(attribution, settings, warehouse):
    known = next(
        row["conversion_id"]
        for row in warehouse.query("select conversion_id from marts.fct_conversions order by conversion_id")
        if len(row["conversion_id"]) == 18
    )
    answer = attribution("explain", known[:15], "--json", **settings)
    assert json.loads(answer.stdout)["conversion"]["conversion_id"] == known


def test_a_second_write_back_has_nothing_to_send(attribution, settings):
    journal = settings["GENESYSCLOUD_BASE_URL"] + "/_sandbox/journal"
    before = requests.get(journal, timeout=10).json()
    dry = attribution("write-back", "--dry-run", **settings)
    assert dry.returncode == 0, dry.stderr
    assert "0 new, 0 changed, 0 to take back" in dry.stdout and "Nothing was sent." in dry.stdout
    again = attribution("write-back", **settings)
    assert again.returncode == 0, again.stderr
    assert "write-back: 0 sent" in again.stdout
    assert requests.get(journal, timeout=10).json() == before


def test_a_run_stops_at_the_step_that_fails(attribution, sandbox_settings, tmp_path, is_sentence):
    answer = attribution("run", **{**sandbox_settings, "SALESFORCE_CLIENT_SECRET": "wrong"})
    assert is_sentence(answer, code=3)
    said = summary_line(answer)
    assert (said["status"], said["exit_code"], said["failed_step"]) == ("failed", 3, "load salesforce")
    assert "SALESFORCE_CLIENT_SECRET" in said["error"] and said["error"] in answer.stderr
    assert "load genesys: done" in answer.stderr
    assert "freshness" not in answer.stderr and "dbt" not in answer.stderr
    with duckdb.connect(str(tmp_path / "w.duckdb"), read_only=True) as connection:
        schemas = {
            row[0] for row in connection.execute("select schema_name from information_schema.schemata").fetchall()
        }
    assert "marts" not in schemas and "write_back" not in schemas


def test_a_var_that_dbt_refuses_stops_before_anything_is_loaded(attribution, finished_run, tmp_path, is_sentence):
    settings, _ = finished_run
    own = {**settings, **folders(tmp_path, tmp_path / "warehouse.duckdb")}
    answer = attribution("run", "--vars", "{decay_rate: -1}", **own)
    assert is_sentence(answer, code=1)
    assert "The var decay_rate is -1" in answer.stderr and "load genesys" not in answer.stderr


def test_a_build_that_fails_is_shown_and_nothing_is_written_back(attribution, finished_run, tmp_path, is_sentence):
    settings, _ = finished_run
    with duckdb.connect(str(tmp_path / "warehouse.duckdb")) as connection:
        connection.execute("create schema build_log")
        for table in ("state", "built_loads"):
            connection.execute(f"create table build_log.{table} (damaged boolean)")
    journal = settings["GENESYSCLOUD_BASE_URL"] + "/_sandbox/journal"
    before = requests.get(journal, timeout=10).json()
    answer = attribution(
        "run",
        **{
            **settings,
            "ATTRIBUTION_DUCKDB_PATH": str(tmp_path / "warehouse.duckdb"),
            "DBT_TARGET_PATH": str(tmp_path / "target"),
            "DBT_LOG_PATH": str(tmp_path / "logs"),
        },
    )
    assert is_sentence(answer, code=5)
    assert "dbt build failed" in answer.stderr
    assert "write-back" not in answer.stderr
    assert requests.get(journal, timeout=10).json() == before


def test_a_run_on_files_alone_builds_what_was_loaded_and_skips_the_rest(attribution, tmp_path, is_sentence):
    settings = folders(tmp_path, tmp_path / "warehouse.duckdb")
    files_alone = ("run", "--vars", "{sources: [files]}")
    assert is_sentence(attribution(*files_alone, **settings), code=4)
    (tmp_path / "touches.csv").write_text(
        "touch_id,touched_at,lead_id,channel,campaign_id\nt1,2026-06-01T10:00:00Z,L1,voice,c1\n"
    )
    (tmp_path / "conversions.csv").write_text(
        "conversion_id,converted_at,lead_id,conversion_value\nv1,2026-06-02T10:00:00Z,L1,100\n"
    )
    given = (f"--{name}={tmp_path / name}.csv" for name in ("touches", "conversions"))
    loaded = attribution("load", "files", *given, **settings)
    assert loaded.returncode == 0, loaded.stderr
    answer = attribution(*files_alone, **settings)
    assert answer.returncode == 0, answer.stdout + answer.stderr
    assert "load: skipped" in answer.stdout and "write-back: skipped" in answer.stdout
    assert "build: 1 touch; 1 of 1 conversion has one" in answer.stdout


def longest_journey(warehouse) -> str:
    """A conversion with several touches, at least one of them a conversation that was written back."""
    return warehouse.query(
        """
        select conversion_id from marts.fct_attribution
        where conversion_id in (
            select conversion_id from marts.fct_attribution
            where touch_id in (select conversation_id from write_back.ledger where status = 'sent')
        )
        group by conversion_id order by count(*) desc, conversion_id limit 1
        """
    )[0]["conversion_id"]
