"""`attribution doctor`: each thing that can be wrong is a row with its remedy, and exit code 1."""

from __future__ import annotations

import json
import re
from datetime import UTC, date, datetime, timedelta

import duckdb
import pytest
import requests

from cli.checks import data, genesys, local, salesforce
from cli.checks.check import clock
from cli.checks.genesys import availability_check
from cli.demo_warehouse import SANDBOX
from common.warehouse import Warehouse
from sandbox.content import build_org
from sandbox.server import Sandbox


@pytest.fixture
def doctor(attribution, sandbox_settings):
    """Rows by name, and the exit code, with the sandbox's settings and what a test changes of them."""

    def run(*arguments: str, **settings: str):
        answer = attribution("doctor", "--json", *arguments, **{**sandbox_settings, **settings})
        assert "Traceback" not in answer.stderr
        return {row["name"]: row for row in json.loads(answer.stdout)}, answer.returncode

    return run


def test_all_is_well_on_the_sandbox(doctor):
    rows, code = doctor("--vars", "{crm_timezone: America/New_York}", ATTRIBUTION_PERSON_SALT="pepper")
    assert code == 0
    assert not [row for row in rows.values() if row["status"] == "fail"]
    assert rows["Genesys Cloud org"]["detail"].startswith("Outbound Attribution sandbox")
    assert rows["May read outbound contacts"]["status"] == "ok"
    assert rows["May read Opportunity"]["status"] == "ok"
    assert rows["Var crm_timezone"]["status"] == rows["ATTRIBUTION_PERSON_SALT"]["status"] == "ok"


def test_every_row_that_is_not_well_says_what_to_do(doctor):
    rows, _ = doctor(GENESYSCLOUD_OAUTHCLIENT_ID="sandbox-weak")
    assert [row for row in rows.values() if row["status"] != "ok"]
    assert all(bool(row["remedy"]) == (row["status"] != "ok") for row in rows.values())


def test_a_permission_that_is_missing_is_named(doctor):
    rows, code = doctor(GENESYSCLOUD_OAUTHCLIENT_ID="sandbox-weak")
    assert code == 1
    assert rows["May read analytics/conversations/details/jobs/availability"]["status"] == "ok"
    for name, permission in (
        ("May read outbound/campaigns", "outbound:campaign:view"),
        ("May read routing/wrapupcodes", "routing:wrapupCode:view"),
        ("May read custom attributes", "conversation:customAttributes:view"),
        ("Write-back schema", "conversation:customAttributes:schemaView"),
    ):
        assert rows[name]["status"] == "fail"
        assert permission in rows[name]["remedy"]
        assert "without it" in rows[name]["detail"]
    assert "outbound:contact:add" in rows["Permissions that are not tried"]["detail"]


def test_all_lines_of_a_check_stand_below_its_name(attribution):
    """Settings that are missing are a line each."""
    said = attribution("doctor").stdout.splitlines()
    missing = [line for line in said if "GENESYSCLOUD_" in line or "SALESFORCE_" in line]
    assert len(missing) > 4
    assert all(line.startswith(("ok    ", "warn  ", "fail  ", " " * 6)) for line in said[:-1])


def test_wrong_secrets_are_told_apart(doctor):
    rows, code = doctor(GENESYSCLOUD_OAUTHCLIENT_SECRET="wrong")
    assert code == 1
    assert rows["Genesys Cloud login"]["status"] == "fail"
    assert rows["Salesforce login"]["status"] == "ok"
    rows, code = doctor(SALESFORCE_CLIENT_SECRET="wrong")
    assert code == 1
    assert rows["Genesys Cloud login"]["status"] == "ok"
    assert rows["Salesforce login"]["status"] == "fail"


def test_all_missing_settings_of_a_system_are_named_at_once(doctor):
    genesys_settings = ("GENESYSCLOUD_REGION", "GENESYSCLOUD_OAUTHCLIENT_ID", "GENESYSCLOUD_OAUTHCLIENT_SECRET")
    salesforce_settings = ("SALESFORCE_INSTANCE_URL", "SALESFORCE_CLIENT_ID", "SALESFORCE_CLIENT_SECRET")
    unset = dict.fromkeys((*genesys_settings, *salesforce_settings, "GENESYSCLOUD_BASE_URL"), "")
    rows, code = doctor(**unset)
    assert code == 1
    for row, names, page in (
        ("Genesys Cloud settings", genesys_settings, "docs/genesys_setup.md"),
        ("Salesforce settings", salesforce_settings, "docs/salesforce_setup.md"),
    ):
        assert rows[row]["status"] == "fail"
        assert re.findall(r"^(\w+) is not set", rows[row]["detail"], re.MULTILINE) == list(names)
        assert page in rows[row]["remedy"]
        assert rows[row]["remedy"].startswith("Export what is missing, or write it into .dlt/secrets.toml")


def test_with_an_address_of_genesys_no_region_is_asked_for(doctor):
    rows, code = doctor(
        "--vars", "{sources: [genesys]}", GENESYSCLOUD_OAUTHCLIENT_ID="", GENESYSCLOUD_OAUTHCLIENT_SECRET=""
    )
    assert code == 1
    named = re.findall(r"(\w+) is not set", rows["Genesys Cloud settings"]["detail"])
    assert named == ["GENESYSCLOUD_OAUTHCLIENT_ID", "GENESYSCLOUD_OAUTHCLIENT_SECRET"]


def test_a_host_that_does_not_answer_is_named(doctor):
    rows, code = doctor("--vars", "{sources: [genesys]}", GENESYSCLOUD_BASE_URL="http://127.0.0.1:9")
    assert code == 1
    assert "127.0.0.1:9" in rows["Genesys Cloud login"]["detail"]


def test_sources_say_which_systems_are_asked(doctor):
    rows, _ = doctor("--vars", "{sources: [salesforce]}")
    assert not [name for name in rows if "Genesys" in name]
    rows, _ = doctor("--vars", "{sources: [files]}")
    assert not [name for name in rows if "Genesys" in name or "Salesforce" in name]


@pytest.mark.parametrize(
    ("variables", "name"),
    [
        ("{crm_timezone: Mars/Olympus}", "Var crm_timezone"),
        ("{salesforce_value_field: Price__c}", "Var salesforce_value_field"),
        ("{salesforce_conversion_type_field: RecordType.Label}", "Var salesforce_conversion_type_field"),
        ("{freshness_error_hours: 0}", "Vars"),
        ("{sources: genesys}", "Vars"),
    ],
)
def test_a_var_that_can_not_be_is_named(doctor, variables, name):
    rows, code = doctor("--vars", variables)
    assert code == 1
    assert rows[name]["status"] == "fail"


def test_contact_lists_without_the_needed_columns_are_named(doctor):
    rows, _ = doctor("--vars", "{sources: [genesys], genesys_attributes: [CampaignID, Attempt, LeadSource, LeadID]}")
    row = rows["Columns of contact lists"]
    assert row["status"] == "warn"
    assert "Policy Renewal Calls list has no Attempt" in row["detail"]
    assert row["detail"].count("has no Attempt") == genesys.LISTS_NAMED
    assert "(and 1 list more)" in row["detail"]


OPPORTUNITY = {"closedate": "date", "conversiondate__c": "datetime", "day__c": "date"}


@pytest.mark.parametrize(
    ("opportunity", "field", "status", "said"),
    [
        (OPPORTUNITY, "ConversionDate__c", "ok", "has a time"),
        (OPPORTUNITY, "Day__c", "warn", "Opportunity.Day__c: a conversion stands for the end of its day in Asia/Tokyo"),
        ({"closedate": "date"}, "ConversionDate__c", "warn", "Opportunity.CloseDate: a conversion stands for"),
        (OPPORTUNITY, None, "warn", "Opportunity.CloseDate"),
    ],
)
def test_fields_of_a_day_alone_are_named_with_the_zone_assumed(opportunity, field, status, said):
    variables = {
        "salesforce_conversion_time_field": field,
        "salesforce_conversion_source": "opportunity",
        "date_only_convention": "end_of_day",
        "crm_timezone": "Asia/Tokyo",
    }
    check = salesforce.date_check({"Opportunity": opportunity}, variables)
    assert check.status == status
    assert said in check.detail


@pytest.fixture
def built_marts(tmp_path):
    """A warehouse with the tables that the checks of the data read, and what a test puts into them."""
    path = tmp_path / "built.duckdb"

    def fill(**rows: str) -> dict[str, data.Check]:
        with duckdb.connect(str(path)) as connection:
            for schema in ("marts", "intermediate"):
                connection.execute(f"create schema {schema}")
            for table, columns in MARTS.items():
                connection.execute(f"create table {table} ({columns})")
                if values := rows.get(table.split(".")[1]):
                    connection.execute(f"insert into {table} values {values}")
            variables = {"sources": ["genesys"], "reporting_currency": "USD"}
            return {check.name: check for check in data.checks(Warehouse(connection), variables)}

    return fill


MARTS = {
    "intermediate.int_genesys__touches": "campaign_id text, ended_at timestamp, is_provisional boolean",
    "intermediate.int_campaign_costs_reporting": "campaign_id text, cost double, currency text, cost_reporting double",
    "marts.dim_dispositions": "disposition_code text, disposition_name text, disposition_group text",
    "marts.fct_touches": (
        "campaign_id text, campaign_name text, disposition_code text, touched_at timestamp, cost double"
    ),
    "marts.fct_conversions": "currency text, conversion_value double, conversion_value_reporting double",
}


def test_what_the_data_lacks_is_counted_and_named(built_marts):
    found = built_marts(
        int_genesys__touches="""
            ('(untagged)', now()::timestamp - interval 1 day, false), ('C1', now()::timestamp - interval 1 day, false),
            ('(untagged)', now()::timestamp, true), ('(untagged)', now()::timestamp - interval 8 day, false)""",
        dim_dispositions="('w1', 'Mystery', '(no rule)'), ('w2', 'Sale', 'sale'), ('w3', 'Unused', '(no rule)')",
        fct_touches="""
            ('C1', 'Renewals', 'w1', now()::timestamp, null), ('C2', 'Paid', 'w2', now()::timestamp, null),
            ('C3', 'Long ago', null, now()::timestamp - interval 91 day, null), ('C4', null, null, now()::timestamp, 1),
            ('(untagged)', '(untagged)', null, now()::timestamp, null)""",
        int_campaign_costs_reporting="('C2', 5, 'EUR', null)",
        fct_conversions="('GBP', 10, null), ('USD', 10, 10), (null, null, null), ('EUR', 7, null)",
    )
    assert {check.status for check in found.values()} == {"warn"}
    details = [check.detail for check in found.values()]
    assert details[0] == "1 of 2 (50.0%): their credit goes to no campaign"
    assert details[1].startswith("1 (Mystery) on 1 touch:")
    assert details[2].startswith("1 of the last 90 days (Renewals)")
    assert details[3].startswith("missing from EUR (1 conversion, 1 cost), GBP (1 conversion, 0 costs)")
    assert all(check.remedy for check in found.values())


def test_vars_of_the_last_build_that_are_others_now_are_named_with_the_option_that_gives_them():
    now = {"crm_timezone": "UTC", "decay_rate": 0.1, "sources": ["genesys", "salesforce"]}
    assert list(local.vars_checks(now, now)) == []
    [check] = local.vars_checks({**now, "crm_timezone": "America/New_York", "sources": ["files"]}, now)
    assert (check.status, "crm_timezone (America/New_York, now UTC)" in check.detail) == ("warn", True)
    assert "attribution doctor --vars '{crm_timezone: America/New_York, sources: [files]}'" in check.remedy


@pytest.mark.parametrize(
    ("name", "address", "found"),
    [(SANDBOX, "", 1), (SANDBOX, "http://127.0.0.1:8080", 0), ("Acme Insurance", "", 0)],
)
def test_a_warehouse_of_the_demo_is_told_where_no_setting_points_at_its_sandbox(monkeypatch, name, address, found):
    monkeypatch.setenv("GENESYSCLOUD_BASE_URL", address)
    with duckdb.connect() as connection:
        connection.execute("create schema raw_genesys")
        connection.execute("create table raw_genesys.organization as select ? as name", [name])
        assert [check.status for check in local.sandbox_checks(Warehouse(connection))] == ["warn"] * found


def test_data_that_lacks_nothing_is_well(built_marts):
    found = built_marts(int_genesys__touches="('C1', now()::timestamp - interval 1 day, false)")
    assert [check.status for check in found.values()] == ["ok"] * 4


@pytest.mark.parametrize("field", ["StageName", "RecordType.DeveloperName"])
def test_the_type_of_a_conversion_need_only_be_on_the_object_of_the_conversions(doctor, field):
    rows, code = doctor("--vars", f"{{salesforce_conversion_type_field: {field}}}")
    assert (code, rows["Var salesforce_conversion_type_field"]["status"]) == (0, "ok")


def test_defaults_that_deserve_a_thought_are_warnings(doctor):
    rows, code = doctor()
    assert code == 0
    assert rows["ATTRIBUTION_PERSON_SALT"]["status"] == "warn"
    assert rows["Var crm_timezone"]["status"] == "warn"


def test_a_warehouse_that_is_locked_is_a_warning_and_one_that_is_none_a_failure(
    doctor, run_process, sandbox_settings, tmp_path
):
    with duckdb.connect(str(tmp_path / "locked.duckdb")):
        locked = {**sandbox_settings, "ATTRIBUTION_DUCKDB_PATH": str(tmp_path / "locked.duckdb")}
        answer = run_process("doctor", "--json", **locked)
    rows = {row["name"]: row for row in json.loads(answer.stdout)}
    assert (answer.returncode, rows["Warehouse"]["status"]) == (0, "warn")
    assert "in use" in rows["Warehouse"]["detail"]
    (tmp_path / "text.duckdb").write_text("no database " * 1000)
    rows, code = doctor(ATTRIBUTION_DUCKDB_PATH=str(tmp_path / "text.duckdb"))
    assert (code, rows["Warehouse"]["status"]) == (1, "fail")
    assert "not a DuckDB file" in rows["Warehouse"]["detail"]


def test_a_late_load_is_a_failure_and_one_that_never_was_a_warning(doctor, tmp_path):
    path = tmp_path / "late.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("create schema raw_genesys")
        connection.execute("create table raw_genesys.completed_loads (loaded_at timestamptz)")
        connection.execute(
            "insert into raw_genesys.completed_loads values (?)", [datetime.now(UTC) - timedelta(days=5)]
        )
    rows, code = doctor(ATTRIBUTION_DUCKDB_PATH=str(path))
    assert code == 1
    assert rows["Last load of genesys"]["status"] == "fail"
    assert "5 days ago" in rows["Last load of genesys"]["detail"]
    assert rows["Last load of salesforce"]["status"] == "warn"
    assert rows["Last finished build"]["status"] == "warn"


def test_a_rate_limit_that_is_used_up_is_one_warning(doctor):
    with Sandbox(build_org(seed=1, scale=0.02, as_of=date(2026, 6, 15)), rate_limit=3) as sandbox:
        rows, code = doctor("--vars", "{sources: [genesys]}", **sandbox.environment)
    assert code == 0
    assert rows["Genesys Cloud org"]["status"] == "ok"
    assert "something else uses this client" in rows["Genesys Cloud rate limit"]["detail"]
    assert [row["name"] for row in rows.values()][-1] == "Genesys Cloud rate limit"


def test_a_rate_limit_that_passes_soon_is_waited_for_once(monkeypatch):
    answers, waits = [refusal("2"), refusal("2")], []
    monkeypatch.setattr(genesys, "ask", lambda *_, **__: answers.pop(0))
    monkeypatch.setattr(genesys.time, "sleep", waits.append)
    with pytest.raises(genesys.RateLimitUsedUp):
        genesys.patient_ask("GET", "http://127.0.0.1")
    assert (answers, waits) == ([], [2])
    answers += [refusal("2"), answer_of(datetime.now(UTC))]
    assert genesys.patient_ask("GET", "http://127.0.0.1").status_code is None
    assert (answers, waits) == ([], [2, 2])


def refusal(retry_after: str) -> requests.Response:
    answer = requests.Response()
    answer.status_code = 429
    answer.headers["Retry-After"] = retry_after
    return answer


def test_without_json_each_row_is_a_line_and_the_last_one_counts(attribution, sandbox_settings):
    answer = attribution("doctor", **sandbox_settings)
    assert answer.returncode == 0
    assert answer.stdout.splitlines()[-1].endswith("0 to mend")


def answer_of(when: datetime) -> requests.Response:
    answer = requests.Response()
    answer.headers["Date"] = when.strftime("%a, %d %b %Y %H:%M:%S GMT")
    return answer


def test_a_clock_that_is_off_is_a_warning():
    assert clock("Clock", answer_of(datetime.now(UTC))).status == "ok"
    off = clock("Clock", answer_of(datetime.now(UTC) - timedelta(minutes=10)))
    assert off.status == "warn"
    assert "60" in off.detail


def test_data_that_lags_by_more_than_a_day_is_a_warning():
    fresh = {"dataAvailabilityDate": (datetime.now(UTC) - timedelta(hours=5)).isoformat()}
    old = {"dataAvailabilityDate": (datetime.now(UTC) - timedelta(hours=30)).isoformat()}
    assert availability_check(fresh).status == "ok"
    assert availability_check(old).status == "warn"
    assert availability_check({}).status == "warn"
