"""`sources: [genesys, dynamics]` the whole way: the credit of Salesforce's leads, and builds after changes."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pytest
from parsed import shared_folder
from world import CONTRACT_SCHEMAS, Contents, FirstRound, World, differences

from cli.settings_of_build import last_build
from common.warehouse import Warehouse
from explain.check import check
from sandbox.org import Org
from sandbox.server import Sandbox

VARIABLES = {"crm_timezone": "America/New_York", "sources": ["genesys", "dynamics"]}
# Which conversions the two CRMs can say the same of: Salesforce's field history may know the time of a date-only one.
CREDIT = """
    select conversions.person_key, conversions.conversion_value, conversions.currency, credits.touch_id,
        credits.attribution_model, round(credits.credit, 9) as credit
    from marts.fct_attribution_credit as credits
    inner join marts.fct_conversions as conversions on credits.conversion_id = conversions.conversion_id
    inner join marts.fct_touches as touches on credits.touch_id = touches.touch_id and touches.source = 'genesys'
"""
CONVERSIONS = """
    select person_key, conversion_value, currency, conversion_value_reporting, converted_at, is_date_only, campaign_id
    from marts.fct_conversions
"""


@dataclass(frozen=True)
class Walk:
    """The first round, then changes: the warehouse after each, the second time once more from nothing."""

    world: World
    environment: dict[str, str]
    credit: list[dict[str, Any]]
    conversions: list[dict[str, Any]]
    sent: int
    before: Contents
    after: Contents
    from_nothing: Contents
    changed: dict[str, str]


@pytest.fixture(scope="module")
def walk(tmp_path_factory: pytest.TempPathFactory, org: Org, run_sandbox: Callable[..., Sandbox]) -> Walk:
    world, sandbox = World(tmp_path_factory.mktemp("dynamics"), shared_folder(tmp_path_factory)), run_sandbox(org)
    world.load(sandbox, "genesys", "dynamics")
    world.build(variables=VARIABLES, is_tested=True)
    sent = world.write_back(sandbox).sent
    credit, conversions, before = world.query(CREDIT), world.query(CONVERSIONS), world.contents()
    changed = change(sandbox)
    world.load(sandbox, "dynamics")
    # Once more by way of an expired delta link: what vanished meanwhile is seen by the full read alone.
    sandbox.dynamics.delete("email", changed["vanished_email"])
    sandbox.dynamics.forget_changes()
    world.load(sandbox, "dynamics")
    world.build(variables=VARIABLES)
    after = world.contents()
    world.build("--full-refresh", variables=VARIABLES)
    return Walk(world, sandbox.environment, credit, conversions, sent, before, after, world.contents(), changed)


def change(sandbox: Sandbox) -> dict[str, str]:
    """A late e-mail, another value, a deleted sale, a deleted lead and a merged one, each in a record of its own."""
    org = sandbox.dynamics
    won = [deal for deal in org.rows["opportunity"].values() if deal["statecode"] == 1]
    buyers = {deal["_originatingleadid_value"] for deal in won}
    idle = [lead for lead in org.rows["lead"].values() if lead["leadid"] not in buyers and lead["statecode"] == 0]
    sent = [mail["activityid"] for mail in org.rows["email"].values() if mail["directioncode"] and mail["senton"]]
    corrected, moved, deleted = won[0], won[1], won[2]
    org.save("opportunity", {"opportunityid": corrected["opportunityid"], "actualvalue": 4321.09})
    org.save("opportunity", {"opportunityid": moved["opportunityid"], "new_conversiondate": "2026-06-14T12:00:00Z"})
    org.delete("opportunity", deleted["opportunityid"])
    org.delete("lead", idle[0]["leadid"])
    merged, survivor = idle[1]["leadid"], idle[2]["leadid"]
    org.save("lead", {"leadid": merged, "merged": True, "_masterid_value": survivor, "statecode": 2})
    late = "0d1a7e00-0000-4000-8000-000000000001"
    lookup = "Microsoft.Dynamics.CRM.lookuplogicalname"
    org.save(
        "activityparty",
        {
            "activitypartyid": "0d1a7e00-0000-4000-8000-000000000002",
            "_activityid_value": late,
            "_partyid_value": corrected["_originatingleadid_value"],
            f"_partyid_value@{lookup}": "lead",
            "participationtypemask": 2,
        },
    )
    at = org.rows["lead"][corrected["_originatingleadid_value"]]["createdon"]
    email = {"activityid": late, "directioncode": True, "statecode": 1, "senton": at, "createdon": at}
    org.save("email", email)
    return {
        "late_email": late,
        "corrected": corrected["opportunityid"],
        "deleted_sale": deleted["opportunityid"],
        "deleted_lead": idle[0]["new_leadid"],
        "merged_lead": idle[1]["new_leadid"],
        "survivor": idle[2]["new_leadid"],
        "vanished_email": sent[0],
    }


def of_known_time(rows: list[dict[str, Any]], days: set[tuple[Any, ...]]) -> Counter[tuple[Any, ...]]:
    """The rows as a bag, without those of conversions that Dynamics 365 knows the day of alone."""
    kept = [row for row in rows if (row["person_key"], row["conversion_value"]) not in days]
    return Counter(tuple(row.values()) for row in kept)


def test_the_credit_of_every_call_is_that_of_salesforce(walk: Walk, first_round: FirstRound) -> None:
    days = {(row["person_key"], row["conversion_value"]) for row in walk.conversions if row["is_date_only"]}
    ours = of_known_time(walk.credit, days)
    assert ours.total() > 100
    assert ours == of_known_time(first_round.query(CREDIT), days)


def test_conversions_are_those_of_salesforce(walk: Walk, first_round: FirstRound) -> None:
    """Value in the reporting currency included, but for francs: Dataverse has no currency without a rate."""

    def shown(rows: list[dict[str, Any]]) -> Counter[tuple[Any, ...]]:
        return Counter(
            (
                row["person_key"],
                row["conversion_value"],
                row["currency"],
                None if row["currency"] == "CHF" else row["conversion_value_reporting"],
                row["campaign_id"],
            )
            for row in rows
            # A conversion of nobody is a person of its own, by an id of the CRM's.
            if row["person_key"] in known
        )

    theirs = first_round.query(CONVERSIONS)
    known = {row["person_key"] for row in walk.conversions} & {row["person_key"] for row in theirs}
    assert len(walk.conversions) == len(theirs)
    assert shown(walk.conversions) == shown(theirs)
    assert sum(shown(theirs).values()) >= len(theirs) - 1
    francs = [row for row in walk.conversions if row["currency"] == "CHF"]
    assert francs and all(row["conversion_value_reporting"] for row in francs)
    assert walk.sent > 20


def test_a_build_after_changes_leaves_what_one_from_nothing_does(walk: Walk) -> None:
    assert differences(walk.after, walk.from_nothing) == {}
    assert differences(walk.before, walk.after) != {}


def test_each_change_arrives(walk: Walk) -> None:
    changed, query = walk.changed, walk.world.query
    touches = {row["touch_id"] for row in query("select touch_id from marts.fct_touches")}
    assert changed["late_email"] in touches and changed["vanished_email"] not in touches
    values = dict(
        tuple(row.values()) for row in query("select conversion_id, conversion_value from marts.fct_conversions")
    )
    assert str(values[changed["corrected"]]) == "4321.0900"
    assert changed["deleted_sale"] not in values
    findings = query("select finding, record_id from reports.rpt_data_quality where source = 'dynamics'")
    said = {(row["finding"], row["record_id"]) for row in findings}
    assert {("deleted_lead", changed["deleted_lead"]), ("merged_lead", changed["merged_lead"])} <= said


def test_every_contract_table_is_there(walk: Walk, first_round: FirstRound) -> None:
    assert walk.before.keys() == first_round.contents().keys()
    assert {table.partition(".")[0] for table in walk.before} == set(CONTRACT_SCHEMAS)


@pytest.fixture
def attribution(walk: Walk, attribution_here: Callable[..., subprocess.CompletedProcess[str]]) -> Callable[..., str]:
    """What the command prints, on the walk's warehouse."""

    def run(*arguments: str, code: int = 0, **settings: str) -> str:
        own = {**walk.environment, "ATTRIBUTION_DUCKDB_PATH": str(walk.world.file), **settings}
        ended = attribution_here(*arguments, **own)
        assert ended.returncode == code, ended.stdout + ended.stderr
        return ended.stdout

    return run


def test_the_commands_know_it(walk: Walk, attribution: Callable[..., str]) -> None:
    """explain shows a conversion, doctor finds nothing to mend, the sources are fresh, the unit tests hold."""
    conversion = walk.world.query(
        "select conversion_id from marts.fct_conversions where touch_count > 1 order by 1 limit 1"
    )[0]["conversion_id"]
    explained = json.loads(attribution("explain", conversion, "--json"))
    assert explained["conversion"]["source"] == "dynamics"
    checks = json.loads(attribution("doctor", "--json", "--vars", json.dumps(VARIABLES)))
    named = {check["name"]: check["status"] for check in checks}
    assert named["Privilege prvReadLead"] == named["Table opportunity"] == named["Days of opportunity"] == "ok"
    assert named["Days of campaignresponse"] == "warn"
    assert "fail" not in named.values()
    walk.world.dbt_here("source", "freshness", variables=VARIABLES)
    walk.world.dbt_here("test", "--select", "path:models/intermediate/dynamics,test_type:unit", variables=VARIABLES)


def checks(file: Path, *statements: str) -> dict[str, dict[str, Any]]:
    """explain's check of every conversion of Dynamics 365, after these statements."""
    with duckdb.connect(str(file)) as connection:
        for statement in statements:
            connection.execute(statement)
        warehouse = Warehouse(connection)
        variables = last_build(warehouse)
        rows = warehouse.query("select conversion_id from marts.fct_conversions where source = 'dynamics' order by 1")
        return {row["conversion_id"]: check(warehouse, row["conversion_id"], variables) for row in rows}


def test_what_explain_recomputes_from_raw_agrees_and_what_raw_says_otherwise_is_seen(
    walk: Walk, tmp_path: Path
) -> None:
    """The models' own tables change nothing, be they wrong together with the marts: explain does not read them."""
    file = tmp_path / "warehouse.duckdb"
    shutil.copy(walk.world.file, file)
    agreeing = checks(file)
    assert len(agreeing) > 10
    assert [each for each in agreeing.values() if not each["agrees"]] == []

    def seen(*statements: str) -> dict[str, set[str]]:
        shutil.copy(walk.world.file, file)
        found = checks(file, *statements)
        return {id: {each["what"] for each in one["differences"]} for id, one in found.items() if not one["agrees"]}

    corrected = walk.changed["corrected"]
    raw = f"update raw_dynamics.opportunity set conversion_value = 1 where id = '{corrected}'"
    assert "conversion_value_reporting" in seen(raw)[corrected]
    models = (
        "update intermediate.int_conversions set conversion_value = conversion_value + 1,"
        " converted_at = converted_at + interval 1 hour where source = 'dynamics'",
        "update marts.fct_conversions set conversion_value_reporting = conversion_value_reporting + 1,"
        " converted_at = converted_at + interval 1 hour where source = 'dynamics'",
    )
    wrong = seen(*models)
    assert wrong.keys() == agreeing.keys()
    assert all("converted_at" in each for each in wrong.values()) and "conversion_value_reporting" in wrong[corrected]
    for table, change in (
        ("email", "senton = senton - interval 9 day"),
        ("campaign_response", "receivedon_instant = receivedon_instant - interval 9 day"),
        ("lead", "createdon = now()"),
    ):
        assert seen(f"update raw_dynamics.{table} set {change}"), table
    gone = "insert into raw_dynamics.deleted_record (table_name, record_id, read_at, _dlt_load_id, _dlt_id)"
    gone += f" values ('opportunity', '{corrected}', now(), 'x', 'x')"
    assert seen(gone) == {corrected: {"conversion"}}


def test_doctor_names_what_an_application_user_lacks(attribution: Callable[..., str]) -> None:
    for client, detail in (("sandbox-weak", "not there"), ("sandbox-narrow", "at the level Basic alone")):
        said = attribution("doctor", "--json", "--vars", "{sources: [dynamics]}", code=1, DYNAMICS_CLIENT_ID=client)
        found = {check["name"]: check for check in json.loads(said)}["Privilege prvReadOpportunity"]
        assert found["status"] == "fail" and detail in found["detail"]
        assert "at the level Organization" in found["remedy"]
