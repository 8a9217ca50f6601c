"""A person is taken out of everything, stays out, and everybody else's credit stays as it was."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import phonenumbers
import pytest
import requests

from forget import job

VARS = "{crm_timezone: America/New_York}"


@contextmanager
def warehouse(file: str):
    with duckdb.connect(file, read_only=True) as connection:
        yield connection


@pytest.fixture(scope="module")
def settings(finished_run, tmp_path_factory) -> dict[str, str]:
    """A copy of the finished run's warehouse, and the org that it was written back to."""
    of_run, ended = finished_run
    assert ended.returncode == 0, ended.stderr
    folder = tmp_path_factory.mktemp("forget")
    shutil.copy(of_run["ATTRIBUTION_DUCKDB_PATH"], folder / "warehouse.duckdb")
    return {**of_run, "ATTRIBUTION_DUCKDB_PATH": str(folder / "warehouse.duckdb")}


@pytest.fixture(scope="module")
def person(settings) -> dict[str, Any]:
    """A lead whose calls earned credit of a sale with a value, with a phone and an address that nobody shares."""
    with warehouse(settings["ATTRIBUTION_DUCKDB_PATH"]) as connection:
        row = connection.execute(
            """
            select leads.id, leads.phone_e164, lower(leads.email), leads.converted_contact_id
            from raw_salesforce.lead as leads
            inner join marts.fct_conversions as conversions on conversions.lead_id = leads.id
            inner join marts.fct_attribution as credits on credits.conversion_id = conversions.conversion_id
            inner join write_back.ledger on ledger.conversation_id = credits.touch_id
            where conversions.conversion_value_reporting > 0 and not leads.is_deleted
                and (select count(*) from raw_salesforce.lead as others
                     where others.phone_e164 = leads.phone_e164 or lower(others.email) = lower(leads.email)) = 1
            group by all having count(*) > 1 order by leads.id limit 1
            """
        ).fetchone()
        assert row
        conversations = connection.execute(
            "select touch_id from marts.fct_touches where lead_id = ? and source = 'genesys'", [row[0]]
        ).fetchall()
    return {"lead": row[0], "phone": row[1], "email": row[2], "conversations": [each for (each,) in conversations]}


def traces(file: str, person: dict[str, Any]) -> list[str]:
    """Tables and columns in which the lead's id, the phone or the address stands, in any spelling."""
    national = str(phonenumbers.parse(person["phone"]).national_number)
    pattern = "|".join([person["lead"][:15].lower(), re.escape(person["email"]), "[^0-9]{0,3}".join(national)])
    with warehouse(file) as connection:
        columns = connection.execute(
            "select table_schema, table_name, column_name from information_schema.columns"
            " where table_schema not in ('information_schema', 'pg_catalog')"
        ).fetchall()
        tables: dict[str, list[str]] = {}
        for schema, table, column in columns:
            tables.setdefault(f'"{schema}"."{table}"', []).append(column)
        found = []
        # One reading of each: a view of staging unpacks all conversations for it.
        for table, names in tables.items():
            asked = [f'bool_or(regexp_matches(lower(cast("{name}" as varchar)), ?))' for name in names]
            row = connection.execute(f"select {', '.join(asked)} from {table}", [pattern] * len(names)).fetchone()
            found += [f"{table}.{name}".replace('"', "") for name, is_found in zip(names, row, strict=True) if is_found]
    return found


def credit(file: str, person: dict[str, Any]) -> list[tuple[Any, ...]]:
    """All credit that is not the person's, and what the reports make of each campaign's touches."""
    with warehouse(file) as connection:
        return connection.execute(
            "select credits.* from marts.fct_attribution as credits inner join marts.fct_conversions as conversions"
            " using (conversion_id) where conversions.lead_id is distinct from ? order by all",
            [person["lead"]],
        ).fetchall()


def value(file: str) -> tuple[Any, ...]:
    """(conversions, their value) in all."""
    with warehouse(file) as connection:
        [row] = connection.execute(
            "select count(*), sum(conversion_value_reporting) from marts.fct_conversions"
        ).fetchall()
    return row


def in_the_org(settings: dict[str, str], conversation: str) -> dict[str, Any]:
    """What the org holds of a conversation."""
    base = settings["GENESYSCLOUD_BASE_URL"]
    token = requests.post(
        f"{base}/oauth/token", data={"grant_type": "client_credentials"}, auth=("sandbox-client", "sandbox-secret")
    ).json()["access_token"]
    answer = requests.get(
        f"{base}/api/v2/conversations/{conversation}/customattributes/attribution-{conversation}",
        headers={"Authorization": f"Bearer {token}"},
    )
    return answer.json()["customAttributes"] if answer.ok else {}


def test_a_person_is_taken_out_of_everything_and_stays_out(
    settings, person, run_attribution: Callable[..., Any], monkeypatch
):
    file = settings["ATTRIBUTION_DUCKDB_PATH"]
    others, before, content = credit(file, person), value(file), Path(file).read_bytes()
    held = {each: in_the_org(settings, each) for each in person["conversations"]}
    assert traces(file, person) and any(each for each in held.values())

    looked = run_attribution("forget", person["phone"], "--dry-run", "--vars", VARS, **settings)
    assert looked.returncode == 0, looked.stderr
    assert "raw_salesforce.lead: 1 row would be taken out" in looked.stdout and "Nothing was changed." in looked.stdout
    with warehouse(file) as connection:
        [written_back] = connection.execute(
            "select count(*) from write_back.ledger where conversation_id in (select unnest(?))",
            [person["conversations"]],
        ).fetchone()
    assert f"write_back.ledger: {written_back} row" in looked.stdout and "needs" not in looked.stdout
    to_zero = re.search("Genesys Cloud: ([0-9]+) records? would be set to 0", looked.stdout)
    assert to_zero and int(to_zero[1]) > 0
    unset = {**settings, "GENESYSCLOUD_OAUTHCLIENT_SECRET": ""}
    unset = run_attribution("forget", person["phone"], "--dry-run", "--vars", VARS, **unset)
    assert unset.returncode == 0 and "The real run needs Genesys Cloud's credentials" in unset.stdout
    assert Path(file).read_bytes() == content

    # Killed when raw is empty of the person, and nothing is built yet.
    def killed() -> None:
        raise KeyboardInterrupt

    for name, text in settings.items():
        monkeypatch.setenv(name, text)
    with pytest.raises(KeyboardInterrupt):
        job.forget(person["email"].upper(), killed)
    assert not [each for each in traces(file, person) if each.startswith("raw_")]

    done = run_attribution("forget", person["lead"], "--vars", VARS, **settings)
    assert done.returncode == 0, done.stderr
    assert f"Genesys Cloud: {to_zero[1]} record" in done.stdout
    assert "An earlier one had not finished" in done.stdout and "No loaded row names this person." in done.stdout
    for printed in (looked, done):
        said = printed.stdout + printed.stderr
        assert person["email"] not in said.lower() and person["phone"] not in said

    assert traces(file, person) == []
    written = Path(file).read_bytes()
    assert not any(text.encode() in written for text in (person["lead"][:15], person["phone"], person["email"]))
    assert credit(file, person) == others
    after = value(file)
    with warehouse(file) as connection:
        findings = connection.execute(
            "select sum(value_at_stake), count(*) from reports.rpt_data_quality where finding = 'forgotten_person'"
        ).fetchone()
        ledger = connection.execute("select conversation_id from write_back.ledger").fetchall()
        waiting = connection.execute("select * from privacy.pending").fetchall()
    assert findings[0] == before[1] - after[1] > 0 and before[0] > after[0]
    assert not {each for (each,) in ledger} & set(person["conversations"]) and waiting == []
    for conversation, attributes in held.items():
        now = in_the_org(settings, conversation)
        assert bool(now) == bool(attributes)
        assert all(figure == 0 for figure in now.values())

    again = run_attribution("load", "salesforce", "genesys", "--since", "2020-01-01", "--vars", VARS, **settings)
    assert again.returncode == 0, again.stderr
    assert again.stdout.count("that name a person who was forgotten: left out") == 2
    assert traces(file, person) == []


def test_somebody_who_shares_a_phone_has_to_be_named_by_lead(settings, run_attribution):
    with warehouse(settings["ATTRIBUTION_DUCKDB_PATH"]) as connection:
        phone, leads = connection.execute(
            "select phone_e164, list(id order by id) from raw_salesforce.lead where not is_deleted"
            " group by 1 having count(*) > 1 order by 1 limit 1"
        ).fetchone()
    refused = run_attribution("forget", phone, "--dry-run", **settings)
    assert refused.returncode == 1 and all(lead in refused.stderr for lead in leads)
    looked = run_attribution("forget", leads[0], "--dry-run", **settings)
    assert looked.returncode == 0 and re.search("leads? to somebody else too: (it stays|they stay)", looked.stdout)
    nobody = run_attribution("forget", "nobody-of-this-id", "--dry-run", **settings)
    assert nobody.returncode == 0
    assert "0 records would be set to 0" in nobody.stdout and "marts" not in nobody.stdout


@pytest.mark.parametrize(
    ("named", "taken_for"),
    [
        ("nobody-of-this-id", "a lead's id."),
        ("(317) 555 0000", "a phone, in any usual form (without a country code one of US)."),
        ("nobody@of.this.address", "an e-mail address."),
    ],
)
def test_one_whom_no_row_names_is_told_as_such_and_listed_all_the_same(settings, run_attribution, named, taken_for):
    said = f"No loaded row names this person. What you gave was taken for {taken_for} It {{}} on the stop-list all the"
    looked = run_attribution("forget", named, "--dry-run", **settings)
    assert looked.returncode == 0 and looked.stdout.startswith(said.format("would be put"))
    done = run_attribution("forget", named, **settings)
    assert done.returncode == 0 and done.stdout.startswith(said.format("was put"))
    again = run_attribution("forget", named, **settings)
    assert again.returncode == 0 and "The stop-list has it already" in again.stdout


def test_a_warehouse_that_was_never_built_says_so(tmp_path, run_attribution):
    file = str(tmp_path / "w.duckdb")
    duckdb.connect(file).close()
    refused = run_attribution("forget", "L1", ATTRIBUTION_DUCKDB_PATH=file)
    assert refused.returncode == 1 and "Run `dbt build` first" in refused.stderr
