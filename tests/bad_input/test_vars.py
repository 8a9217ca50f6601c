"""Every var of the project with values that it can not have: dbt names the var, what it found and what it may be."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable
from typing import Any

import parsed
import pytest
import yaml

from common.dbt_vars import dbt_vars, parse_vars
from common.errors import AttributionError

NAN, INFINITE = math.nan, math.inf

# The kinds of value are the same macros whichever var asks: each kind is tried in full with one var of it.
NO_WORDS = [None, 5, "END", ["end"]]
NO_NUMBERS = ["7", True, NAN, INFINITE, 0, [7], None]
NO_ZONES = ["Mars/Olympus", "", "+02:00", "U'TC", None, ["UTC"]]
NO_FIELDS = ["Amount, Id", "1st__c", "Amount'; drop", 5, ["Amount"]]
NO_LISTS_OF_SOURCES = ["genesys", [], None, ["genesis"], ["genesys", None], ["genesys", "genesys"]]
NO_NAMES = [
    "CampaignID",
    None,
    ["CampaignID", "TouchSequence", "LeadSource"],
    ["a", "b", "c", "c"],
    ["a", "b", "c", " "],
    ["a", "b", "c", 4],
    {"a": 1, "b": 2, "c": 3, "d": 4},
]
NO_WEIGHTS = [
    None,
    "0.4,0.2,0.4",
    [0.5, 0.5],
    [0.4, 0.2, 0.5],
    [-0.2, 0.8, 0.4],
    ["0.4", "0.2", "0.4"],
    [True, False, False],
    [0.5, NAN, 0.5],
    [INFINITE, -INFINITE, 1],
    {0.2: 1, 0.3: 2, 0.5: 3},
]

# For each var: values that it can't have, and how the sentence on what it may be begins.
IMPOSSIBLE: dict[str, tuple[list[Any], str]] = {
    "sources": (
        [*NO_LISTS_OF_SOURCES, {"genesys": True}],
        "a list of one or more of genesys, salesforce, dynamics, files, webhook",
    ),
    "genesys_attributes": (NO_NAMES, "a list of 4 different names"),
    "genesys_fresh_conversations": (["no", None], "true or false"),
    "salesforce_conversion_source": (["account", None, ["lead"]], "opportunity, lead"),
    "salesforce_conversion_time_field": (["Close Date", True], "the API name of one field"),
    "salesforce_value_field": (NO_FIELDS, "the API name of one field"),
    "salesforce_campaign_field": (["Conversion Date", 5], "the API name of one field"),
    "salesforce_lead_value_field": (["Conversion Date", 5], "the API name of one field"),
    "salesforce_lead_campaign_field": (["Conversion Date", 5], "the API name of one field"),
    "salesforce_conversion_type_field": (
        ["Record Type", ".Type", "RecordType.", "a.b.c", 5],
        "the API name of one field",
    ),
    "salesforce_conversion_stages": (["Closed Won", None, [1], {"Closed Won": 1}], "a list of texts"),
    "salesforce_time_from_history": (["yes", 1, None], "true or false"),
    "dynamics_conversion_source": (["account", None, ["lead"]], "opportunity, lead"),
    **{
        f"dynamics_{name}_field": (["Record.Type", 5], "the logical name of one column")
        for name in (
            "conversion_time",
            "value",
            "campaign",
            "lead_value",
            "lead_campaign",
            "conversion_type",
            "lead_id",
            "campaign_id",
        )
    },
    "dynamics_phone_calls_are_touches": (["yes", None, 1], "true or false"),
    "raw_database": (["a b", 5], "the name of a database"),
    "raw_schemas": (["crm", {"dynamics": "x"}, {"salesforce": "a; b"}, None], "a mapping of sources"),
    "snowflake_warehouses": (
        ["big", {"seeds": "big"}, {"marts": "a; b"}, {"marts": None}, None],
        "a mapping of folders",
    ),
    "touch_anchor": ([*NO_WORDS, "middle"], "end, start"),
    "lookback_window_days": ([*NO_NUMBERS, 36501], "a number above 0, at most 36500"),
    "timestamp_granularity": (["week", 60, None], "second, minute, hour, day"),
    "crm_timezone": (NO_ZONES, "an IANA time zone such as America/New_York"),
    "date_only_convention": (["noon", 0, None], "end_of_day, start_of_day"),
    "reporting_timezone": (["Mars/Olympus", None], "an IANA time zone such as America/New_York"),
    "decay_rate": (["0.1", True, -0.1, NAN, INFINITE, 1e7, None], "a number from 0 to 1000000"),
    "decay_time_unit": (["month", 24, None], "hour, day, week"),
    "decay_half_life": (["7", False, 0, -1, NAN, 1e-320], "a number from 1e-06 to 1000000"),
    "single_win_criterion": (["best_touch", None], "last_touch, first_touch, highest_weighted"),
    "position_based_weights": (NO_WEIGHTS, "three numbers (first, middle, last), each 0 or more, that sum to 1"),
    "connected_touches_only": ([None, "true", 1, [True]], "true or false"),
    "journey_starts_after_previous_conversion": (["no", None], "true or false"),
    "handling_cost_per_hour": (["30", True, -1, NAN, None], "a number from 0 to 1000000"),
    "path_without_repeats": (["yes", None], "true or false"),
    "path_excluded_channels": (["email", None, [5], {"email": 1}], "a list of texts, [] for none"),
    "path_excluded_campaigns": (["C1", [1]], "a list of texts, [] for none"),
    "path_last_touches": (
        [0, 2.5, "3", True, 10**9],
        "a whole number from 1 to 1000000, or null for no limit",
    ),
    "exported_model": (["u_shaped", None, ["linear"]], "first_touch, last_touch, linear"),
    "write_back_target": (["genesys", None, ["file"]], "custom_attributes, participant_attributes, contact_columns"),
    "write_back_file": (
        ["credit.txt", ".csv", "folder/.csv", "credit.csv/", 5, None],
        "the path of a file that ends in .csv or .parquet",
    ),
    "reporting_currency": ([None, "usd", "USDT", 840, ["USD"]], "an ISO 4217 code"),
    "freshness_error_hours": (["48", 0, NAN], "a number above 0, at most 1000000"),
    "late_source": (["error", True], "stop, warn"),
}
CASES = [
    pytest.param(name, value, allowed, id=f"{name}={value!r}")
    for name, (values, allowed) in IMPOSSIBLE.items()
    for value in values
]

Ask = Callable[[dict[str, Any]], str]


@pytest.fixture(scope="module")
def ask(tmp_path_factory: pytest.TempPathFactory) -> Ask:
    """Has dbt read its settings under these vars; what it said, empty where it found nothing wrong.

    The project is parsed once: what differs from case to case is the vars, which the macro asks for each time.
    """
    folder = tmp_path_factory.mktemp("vars")
    environment = parsed.folders(folder, folder / "warehouse.duckdb")
    manifest = copy.copy(parsed.read(parsed.parsed_file(parsed.shared_folder(tmp_path_factory), environment, {})))
    # The macro reads no model; drawing the graph of them all would be most of the time.
    manifest.nodes, manifest.sources, manifest.unit_tests = {}, {}, {}
    manifest.exposures, manifest.metrics, manifest.semantic_models, manifest.saved_queries = {}, {}, {}, {}
    manifest.build_flat_graph()

    def run(variables: dict[str, Any]) -> str:
        asked = ["run-operation", "settings", *parsed.QUIET, "--vars", yaml.safe_dump(variables)]
        answer = parsed.run(manifest, environment, asked)
        return "\n".join(answer.said) if answer.code else ""

    return run


def test_every_var_of_the_project_is_among_the_cases() -> None:
    assert set(IMPOSSIBLE) == set(dbt_vars())


@pytest.mark.parametrize(("name", "value", "allowed"), CASES)
def test_an_impossible_value_is_named_with_what_the_var_may_be(ask: Ask, name: str, value: Any, allowed: str) -> None:
    said = ask({name: value})
    assert f"The var {name} is " in said
    assert f"It may be {allowed}" in said
    found = said.partition(f"The var {name} is ")[2]
    if isinstance(value, str):
        assert found.startswith(f'"{value}".')
    elif value is None or isinstance(value, bool):
        assert found.startswith({None: "null", True: "true", False: "false"}[value])


@pytest.mark.parametrize(
    ("name", "offered"),
    [
        ("decay_rates", "Did you mean decay_rate? "),
        ("crm_timezome", "Did you mean crm_timezone? "),
        ("timezone", "Did you mean crm_timezone or reporting_timezone? "),
        ("colour", ""),
    ],
)
def test_a_var_that_the_project_does_not_have_is_named_by_dbt(ask: Ask, name: str, offered: str) -> None:
    said = ask({"decay_rate": 0.2, name: 0.2})
    assert f"--vars names {name}, which is no var of the project. {offered}README.md lists all vars" in said


def test_a_var_that_the_project_does_not_have_gets_the_closest_one_from_the_commands() -> None:
    with pytest.raises(AttributionError, match=r"names 'decay_rates', which is no var.* Did you mean decay_rate\? "):
        parse_vars("{decay_rates: 0.2}")
    with pytest.raises(AttributionError, match=r"names 5, which is no var of the project\. README\.md lists"):
        parse_vars("{5: 0.2}")
    assert parse_vars("{decay_rate: 0.2}") == {"decay_rate": 0.2}


@pytest.mark.parametrize(
    "variables",
    [
        {},
        {"sources": ["files"], "decay_half_life": 3.5, "position_based_weights": [1, 0, 0]},
        {"decay_rate": 0, "lookback_window_days": 0.5, "freshness_error_hours": 36500, "crm_timezone": "Asia/Kolkata"},
        {
            "salesforce_lead_value_field": "Deal_Value__c",
            "salesforce_value_field": None,
            "connected_touches_only": True,
        },
        {"genesys_attributes": ["my campaign", "step.no", 'it\'s "from"', "Lead"], "reporting_currency": "EUR"},
        {"snowflake_warehouses": {"intermediate": "ATTRIBUTION_TRANSFORM_M", "reports": "small"}},
    ],
)
def test_what_a_var_may_be_is_taken(ask: Ask, variables: dict[str, Any]) -> None:
    assert ask(variables) == ""
