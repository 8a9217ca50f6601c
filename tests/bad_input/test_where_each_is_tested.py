"""Every bad input that the project answers for, and the tests that show its answer.

What is kept and counted has one load and one build in common (test_kept_and_counted.py); what stops a build is in
test_stopped_builds.py, what stops a command in test_commands.py, and the vars are in test_vars.py. What a source alone
has to do with stands beside the source's other tests. The table is held against the tests themselves below.
"""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]

FILES = "ingestion/test_files_refused.py::test_a_bad_file_is_refused_with_its_place"
READ = "ingestion/test_files_load.py::test_every_way_to_write_a_text_file_gives_the_same_row"
VALUES = "ingestion/test_files_values.py"
GENESYS = "ingestion/test_genesys_refusals.py"
GENESYS_SANDBOX = "ingestion/test_genesys_sandbox.py"
SALESFORCE = "ingestion/salesforce/test_salesforce_trouble.py"
WRITE_BACK = "write_back/test_trouble.py"
DOCTOR = "cli/test_doctor.py"
KEPT = "bad_input/test_kept_and_counted.py"
STOPPED = "bad_input/test_stopped_builds.py"
COMMANDS = "bad_input/test_commands.py"
VARS = "bad_input/test_vars.py"
SETTINGS = f"{COMMANDS}::test_a_setting_without_sense_is_named_with_what_it_may_be"

# Bad input → file::test, or file::test[id] for one case of it.
WHERE: dict[str, list[str]] = {
    "a wrong client secret": [
        f"{GENESYS}::test_a_wrong_secret_is_a_sentence",
        f"{GENESYS_SANDBOX}::test_a_wrong_secret_is_a_sentence",
        f"{SALESFORCE}::test_a_wrong_secret_is_named",
        f"{WRITE_BACK}::test_wrong_secret_names_the_settings",
        f"{DOCTOR}::test_wrong_secrets_are_told_apart",
    ],
    "a missing permission": [
        f"{GENESYS}::test_a_missing_permission_is_named",
        f"{GENESYS_SANDBOX}::test_a_client_that_reads_analytics_only_is_told_which_permission_it_lacks",
        f"{SALESFORCE}::test_an_object_that_the_user_may_not_read_is_named",
        f"{SALESFORCE}::test_a_user_without_the_api_is_told_which_permission_is_missing",
        f"{WRITE_BACK}::test_missing_permission_is_named_and_nothing_is_lost",
        f"{DOCTOR}::test_a_permission_that_is_missing_is_named",
    ],
    "an unreachable host": [
        f"{GENESYS}::test_a_host_where_nothing_answers_is_a_sentence",
        f"{SALESFORCE}::test_an_unreachable_host_is_named",
        f"{WRITE_BACK}::test_unreachable_host_is_a_sentence",
        f"{DOCTOR}::test_a_host_that_does_not_answer_is_named",
    ],
    "a wrong region": [
        f"{GENESYS}::test_a_region_that_is_none_is_named",
        f"{GENESYS}::test_a_region_without_a_host_is_a_sentence",
        f"{GENESYS}::test_another_org_does_not_get_into_the_same_warehouse",
        f"{SALESFORCE}::test_a_host_that_is_no_salesforce_is_named",
        f"{WRITE_BACK}::test_host_that_is_no_genesys_cloud_is_a_sentence",
        SETTINGS,
    ],
    "a job that fails or expires": [
        f"{GENESYS}::test_a_job_that_ends_badly_is_made_again",
        f"{GENESYS}::test_a_job_that_fails_three_times_is_a_sentence",
        f"{GENESYS}::test_results_that_expire_while_they_are_read_are_asked_for_again",
        f"{GENESYS}::test_a_job_that_never_ends_is_a_sentence",
    ],
    "truncated JSON": [
        f"{GENESYS}::test_json_that_breaks_off_is_read_again",
        f"{GENESYS}::test_json_that_stays_broken_is_a_sentence",
        f"{SALESFORCE}::test_a_lasting_failure_ends_with_a_sentence",
        f"{WRITE_BACK}::test_truncated_json_is_repeated",
        f"{FILES}[json-cut-short]",
    ],
    "a load that fails half-way": [
        f"{GENESYS}::test_an_error_on_a_late_page_leaves_the_raw_tables_as_they_were",
        f"{SALESFORCE}::test_nothing_is_half_loaded_when_a_later_object_fails",
        "ingestion/test_files_refused.py::test_a_refused_file_changes_nothing",
    ],
    "an unknown wrap-up code": [f"{KEPT}::test_an_unknown_wrap_up_code_is_named_by_its_id"],
    "an unknown user": [f"{KEPT}::test_an_unknown_user_and_queue_are_named_by_their_ids"],
    "a campaign deleted since": [f"{KEPT}::test_a_campaign_that_is_gone_keeps_its_touch_and_its_credit"],
    "a phone that is none": [
        f"{KEPT}::test_a_phone_that_is_none_is_kept_in_raw_and_identifies_nobody",
        "ingestion/test_phones.py::test_what_does_not_parse_is_no_number",
        "ingestion/test_genesys_rows.py::test_a_phone_that_is_none_is_kept_as_it_is_written",
    ],
    "a lead id with blanks": [f"{KEPT}::test_a_lead_id_with_blanks_meets_its_conversion"],
    "a null conversion date": [
        f"{KEPT}::test_a_crm_conversion_without_a_date_is_not_counted_but_named",
        f"{FILES}[conversion-without-date]",
    ],
    "a value with a comma": [
        f"{FILES}[value-with-comma-in-quotes]",
        f"{FILES}[value-with-comma-without-quotes]",
        f"{FILES}[decimal-comma]",
        f"{STOPPED}::test_seeds_with_text_for_a_figure_are_named_by_line_and_column",
    ],
    "a negative value": [
        f"{KEPT}::test_a_refund_is_shared_out_to_the_cent",
        "write_back/test_what_is_sent.py::test_refund_is_sent_as_a_negative_value",
    ],
    "an unknown currency": [f"{KEPT}::test_an_unknown_currency_has_credit_and_no_value"],
    "duplicated keys in one file": [f"{FILES}[key-twice]", f"{FILES}[cost-key-twice]"],
    "a CSV without a needed column": [f"{FILES}[needed-column-missing]"],
    "a CSV with a BOM": [f"{READ}[bom]", f"{READ}[bom-quotes]", f"{KEPT}::test_nothing_else_of_it_was_dropped"],
    "a CSV with another delimiter": [f"{READ}[semicolon]", f"{READ}[tab]", f"{FILES}[unknown-delimiter]"],
    "a CSV in Latin-1": [f"{FILES}[latin-1]", f"{FILES}[utf-16]"],
    "a file of 0 bytes": [f"{FILES}[0-bytes]", f"{FILES}[0-bytes-json]"],
    "a timestamp without sense": [
        f"{FILES}[timestamp-without-sense]",
        f"{FILES}[30-february]",
        f"{VALUES}::test_a_moment_without_sense_is_refused",
    ],
    "a time in the future": [f"{KEPT}::test_a_time_in_the_future_is_kept"],
    "a var with an impossible value": [
        f"{VARS}::test_every_var_of_the_project_is_among_the_cases",
        f"{VARS}::test_an_impossible_value_is_named_with_what_the_var_may_be",
        f"{STOPPED}::test_an_impossible_var_stops_the_build",
        f"{DOCTOR}::test_a_var_that_can_not_be_is_named",
        SETTINGS,
    ],
    "a setting of the environment with an impossible value": [
        SETTINGS,
        f"{COMMANDS}::test_dbt_names_the_targets_that_it_has",
        f"{COMMANDS}::test_a_setting_that_is_set_to_nothing_counts_as_not_set",
    ],
    "a weight below 0": [
        f"{STOPPED}::test_seeds_with_impossible_figures",
        f"{STOPPED}::test_a_weight_that_is_no_figure_is_refused_too",
    ],
    "a rate or a cost without sense": [
        f"{STOPPED}::test_seeds_with_impossible_figures",
        f"{STOPPED}::test_a_seed_with_an_empty_cost",
        f"{STOPPED}::test_seeds_with_text_for_a_figure_are_named_by_line_and_column",
    ],
    "a seed with another header": [f"{STOPPED}::test_a_seed_whose_header_is_not_that_of_its_table_is_not_loaded"],
    "a DuckDB file that another process has locked": [
        f"{COMMANDS}::test_a_locked_file_is_named_with_who_holds_it_and_what_to_do",
        f"{COMMANDS}::test_run_says_who_came_between_load_and_build",
        f"{STOPPED}::test_a_locked_file_is_named_with_who_holds_it",
        "ingestion/test_files_refused.py::test_a_locked_warehouse_stops_the_load",
    ],
    "a file that is no DuckDB file": [
        f"{COMMANDS}::test_a_file_that_is_not_duckdb_s_is_named_and_left_alone",
        f"{STOPPED}::test_a_file_that_is_not_duckdb_s_is_named_and_left_alone",
    ],
    "a build with nothing loaded": [
        f"{STOPPED}::test_a_build_of_what_was_never_loaded_says_what_to_run_first",
        f"{STOPPED}::test_a_build_in_a_new_file_says_what_to_run_first",
        "write_back/test_what_is_sent.py::test_warehouse_without_a_build_is_refused",
        "cli/test_errors.py::test_explain_with_nothing_loaded_says_what_to_run_first",
    ],
}


@pytest.mark.parametrize("bad_input", WHERE)
def test_each_test_that_the_table_names_is_there(bad_input: str) -> None:
    for named in WHERE[bad_input]:
        match = re.fullmatch(r"(?P<file>[\w/.]+)::(?P<test>\w+)(\[(?P<id>[\w-]+)\])?", named)
        assert match, named
        text = (TESTS / match["file"]).read_text(encoding="utf-8")
        functions = {node.name for node in ast.parse(text).body if isinstance(node, ast.FunctionDef)}
        assert match["test"] in functions, named
        assert match["id"] is None or f'id="{match["id"]}"' in text, named
