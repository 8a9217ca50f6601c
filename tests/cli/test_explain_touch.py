"""`explain --touch`, and what `explain` says of identity and of the write-back, against SQL on the warehouse."""

from __future__ import annotations

import json
import re
import shutil
from decimal import Decimal

import duckdb
import pytest

from cli.settings_of_build import last_build
from common.errors import AttributionError
from common.warehouse import Warehouse, connect
from explain import lookup
from explain.conversion import journey
from explain.models import MODELS
from explain.touch import service


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


def busiest_touch(warehouse):
    return warehouse.query(
        """select touch_id from marts.fct_attribution
           where touch_id in (select conversation_id from exports.export_genesys_attribution)
           group by 1 order by count(*) desc, 1 limit 1"""
    )[0]["touch_id"]


def test_a_touch_s_conversions_and_sums_are_those_of_the_marts(attribution, settings, warehouse):
    touch_id = busiest_touch(warehouse)
    answer = attribution("explain", "--touch", touch_id, "--json", **settings)
    assert answer.returncode == 0, answer.stderr
    found = json.loads(answer.stdout)
    rows = warehouse.query(
        "select * from marts.fct_attribution where touch_id = ? order by converted_at, conversion_id", [touch_id]
    )
    assert [each["conversion_id"] for each in found["conversions"]] == [row["conversion_id"] for row in rows]
    for model in MODELS:
        assert [each["credits"][model] for each in found["conversions"]] == [row[f"{model}_credit"] for row in rows]
        values = [row[f"{model}_value"] for row in rows if row[f"{model}_value"] is not None]
        assert found["totals"][model]["value"] == (str(sum(values, Decimal(0))) if values else None)
        assert found["totals"][model]["credit"] == pytest.approx(sum(row[f"{model}_credit"] for row in rows))
    exported = warehouse.query("select * from exports.export_genesys_attribution where conversation_id = ?", [touch_id])
    assert found["write_back"]["state"] == "up_to_date"
    assert found["write_back"]["exported"]["row_hash"] == exported[0]["row_hash"]
    sent = warehouse.query("select sent_at from write_back.ledger where conversation_id = ?", [touch_id])[0]["sent_at"]
    assert found["write_back"]["sent_at"] == sent.isoformat() + "Z"
    assert found["check"] == {"agrees": True, "differences": [], "note": None}
    touch = warehouse.query("select * from marts.fct_touches where touch_id = ?", [touch_id])[0]
    agent = warehouse.query("select agent_name from marts.dim_agents where agent_id = ?", [touch["agent_id"]])[0]
    assert found["touch"]["names"]["agent_id"] == agent["agent_name"] != touch["agent_id"]
    assert {name: found["touch"][name] for name in ("campaign_id", "channel", "agent_id", "touch_sequence")} == {
        name: touch[name] for name in ("campaign_id", "channel", "agent_id", "touch_sequence")
    }


def test_every_touch_serves_or_is_told_why_not(warehouse):
    variables = last_build(warehouse)
    served = unserved = 0
    for row in warehouse.query("select touch_id from marts.fct_touches order by touch_id limit 60"):
        found = service(warehouse, row["touch_id"], variables)
        conversions = warehouse.query(
            "select count(*) as n from marts.fct_conversions where person_key = ?", [found["touch"]["person_key"]]
        )
        assert len(found["conversions"]) + len(found["not_served"]) == conversions[0]["n"]
        assert "none" not in {each["rule"] for each in found["not_served"]}
        served += len(found["conversions"])
        unserved += len(found["not_served"])
    assert served and unserved


def test_a_touch_without_a_conversion_is_explained_too(attribution, settings, warehouse):
    touch_id = warehouse.query(
        """select touch_id from marts.fct_touches
           where person_key not in (select person_key from marts.fct_conversions) order by touch_id limit 1"""
    )[0]["touch_id"]
    answer = attribution("explain", "--touch", touch_id, **settings)
    assert answer.returncode == 0, answer.stderr
    assert "No conversion is served by this touch" in answer.stdout


def test_models_are_called_as_in_the_marts(warehouse):
    rows = warehouse.query("select attribution_model, label from marts.dim_attribution_models order by display_order")
    assert list(MODELS.items()) == [(row["attribution_model"], row["label"]) for row in rows]


def test_an_id_with_a_slip_gets_the_one_that_was_meant(attribution, settings, warehouse, is_sentence):
    touch_id = busiest_touch(warehouse)
    answer = attribution("explain", "--touch", touch_id[:-1] + "_", **settings)
    assert is_sentence(answer)
    assert re.search(rf"The closest (is|are) {touch_id}", answer.stderr)


def test_an_id_that_resembles_none_gets_the_way_to_list_them(warehouse):
    for look_up, table in ((lookup.conversion, "fct_conversions"), (lookup.touch, "fct_touches")):
        with pytest.raises(AttributionError) as told:
            look_up(warehouse, "nosuch", last_build(warehouse))
        assert "closest" not in told.value.remedy
        listing = re.search(r'--inline "(.+?)"', told.value.remedy)[1]
        assert f"marts.{table}" in listing and warehouse.query(f"{listing} limit 1")


def test_a_touch_named_as_a_conversion_is_told_and_the_other_way_round(warehouse):
    touch_id = busiest_touch(warehouse)
    conversion_id = warehouse.query("select min(conversion_id) as id from marts.fct_conversions")[0]["id"]
    with pytest.raises(AttributionError) as told:
        lookup.conversion(warehouse, touch_id, last_build(warehouse))
    assert told.value.remedy == f"Run `attribution explain --touch {touch_id}`."
    with pytest.raises(AttributionError) as told:
        lookup.touch(warehouse, conversion_id, last_build(warehouse))
    assert f"attribution explain {conversion_id}" in told.value.remedy


def test_a_conversation_that_is_no_touch_is_told_so(warehouse):
    skipped = warehouse.query(
        """select conversation_id from intermediate.int_genesys__skipped_conversations
           where reason = 'inbound_not_a_touch' order by 1 limit 1"""
    )[0]["conversation_id"]
    with pytest.raises(AttributionError, match="inbound conversation without a campaign"):
        lookup.touch(warehouse, skipped, last_build(warehouse))


def test_a_record_of_a_file_that_the_last_build_did_not_read_is_told_so(settings, monkeypatch, tmp_path, attribution):
    copy = tmp_path / "copy.duckdb"
    shutil.copy(settings["ATTRIBUTION_DUCKDB_PATH"], copy)
    (tmp_path / "t.csv").write_text("touch_id,touched_at,channel,lead_id\nfile-1,2026-05-01,sms,L1\n")
    (tmp_path / "c.csv").write_text("conversion_id,converted_at,lead_id\nfile-2,2026-05-02,L1\n")
    own = {**settings, "ATTRIBUTION_DUCKDB_PATH": copy}
    files = (f"--touches={tmp_path / 't.csv'}", f"--conversions={tmp_path / 'c.csv'}")
    loaded = attribution("load", "files", *files, **own)
    said = "The var sources is [genesys, salesforce]: a build leaves out what was loaded from files."
    assert (loaded.returncode, said in loaded.stdout) == (0, True), loaded.stderr
    monkeypatch.setenv("ATTRIBUTION_DUCKDB_PATH", str(copy))
    with connect(read_only=True) as warehouse:
        for look_up, id in ((lookup.touch, "file-1"), (lookup.conversion, "file-2")):
            with pytest.raises(AttributionError, match=r"read no files: its var sources is \[genesys, salesforce\]"):
                look_up(warehouse, id, last_build(warehouse))


def test_touches_that_share_a_phone_but_went_to_another_lead_are_told(warehouse):
    """By SQL of its own: a touch whose phone or e-mail is tied to the conversion's lead, but who is another person."""
    expected = warehouse.query(
        """
        select distinct conversions.conversion_id, touches.touch_id
        from marts.fct_conversions as conversions
        inner join intermediate.int_named_together as ties on conversions.lead_id = ties.lead_id
        inner join intermediate.int_touches as records
            on ties.identity_key in (records.phone_key, records.email_key)
        inner join marts.fct_touches as touches on records.touch_id = touches.touch_id
        where touches.person_key != conversions.person_key
        order by all
        """
    )
    assert expected
    variables = last_build(warehouse)
    by_conversion: dict[str, set[str]] = {}
    for row in expected:
        by_conversion.setdefault(row["conversion_id"], set()).add(row["touch_id"])
    for conversion_id, touch_ids in by_conversion.items():
        left_out = journey(warehouse, conversion_id, variables)["left_out"]
        others = [each for each in left_out if each["rule"] == "another_person"]
        assert {each["touch_id"] for each in others} == touch_ids
        assert all(re.match(r"another person: .*shares? the (phone|e-mail)", each["reason"]) for each in others)


def test_no_hash_of_a_phone_or_an_e_mail_is_shown(warehouse):
    keys = {
        row["key"]
        for row in warehouse.query(
            """select phone_key as key from intermediate.int_touches where phone_key is not null
               union select identity_key from intermediate.int_named_together"""
        )
    }
    persons = {row["k"] for row in warehouse.query("select distinct person_key as k from marts.fct_touches")}
    variables = last_build(warehouse)
    for row in warehouse.query("select conversion_id from marts.fct_conversions"):
        text = json.dumps(journey(warehouse, row["conversion_id"], variables), default=str)
        assert not [key for key in keys - persons if key in text]


def test_credit_that_changed_since_it_was_sent_is_outdated(settings, tmp_path):
    path = shutil.copy(settings["ATTRIBUTION_DUCKDB_PATH"], tmp_path / "warehouse.duckdb")
    with duckdb.connect(str(path)) as connection:
        warehouse = Warehouse(connection)
        touch_id = busiest_touch(warehouse)
        conversion_id = warehouse.query(
            "select min(conversion_id) as id from marts.fct_attribution where touch_id = ?", [touch_id]
        )[0]["id"]

        def told():
            touches = journey(warehouse, conversion_id, last_build(warehouse))["touches"]
            return next(touch for touch in touches if touch["touch_id"] == touch_id)

        assert told()["written_back"] and told()["write_back"]["state"] == "up_to_date"
        connection.execute(
            """create table exports.copied as from exports.export_genesys_attribution;
               drop view exports.export_genesys_attribution;
               alter table exports.copied rename to export_genesys_attribution"""
        )
        connection.execute(
            "update exports.export_genesys_attribution set row_hash = 'other' where conversation_id = ?", [touch_id]
        )
        assert told()["write_back"]["state"] == "outdated"
        connection.execute(
            "update write_back.ledger set status = 'failed', error = '403: no' where conversation_id = ?", [touch_id]
        )
        assert not told()["written_back"] and told()["write_back"]["words"].endswith(": 403: no")
        connection.execute("delete from write_back.ledger where conversation_id = ?", [touch_id])
        assert told()["write_back"]["words"] == "not sent yet"


def test_the_journey_s_models_add_up(warehouse):
    variables = last_build(warehouse)
    for row in warehouse.query("select conversion_id from marts.fct_conversions where touch_count > 0"):
        found = journey(warehouse, row["conversion_id"], variables)
        value = found["conversion"]["conversion_value_reporting"]
        for model in MODELS:
            assert sum(touch["credits"][model] for touch in found["touches"]) == pytest.approx(1, abs=1e-9)
            if value is not None:
                assert sum(touch["values"][model] for touch in found["touches"]) == value
