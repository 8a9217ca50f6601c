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
SALESFORCE_LOAD = "ingestion/salesforce/test_salesforce_load.py"
BULK = "ingestion/salesforce/test_bulk.py"
DYNAMICS = "ingestion/dynamics/test_dynamics_trouble.py"
WEBHOOK = "webhook/test_webhook_requests.py"
PARQUET = "ingestion/test_files_refused.py::test_a_bad_parquet_file_is_refused_with_its_row"
CONTACTS = "cli/test_contacts.py"
PIPELINE = "ingestion/test_pipeline.py"
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
    "a row of a CSV that is cut short": [f"{FILES}[row-cut-short]"],
    "a quote that never closes": [f"{FILES}[quote-that-never-closes]", f"{FILES}[text-after-quote]"],
    "a column that stands twice": [f"{FILES}[column-twice]", f"{FILES}[json-name-twice]"],
    "a figure that is none": [f"{FILES}[nan]", f"{FILES}[sequence-not-whole]", f"{FILES}[cost-empty]"],
    "a flag that is neither true nor false": [f"{FILES}[flag]"],
    "a day with a time": [f"{FILES}[cost-date-with-a-time]"],
    "a touch without a channel": [f"{FILES}[channel-empty]"],
    "a deleted row without its key": [f"{FILES}[deleted-row-without-key]"],
    "a gzip file that is cut short, or is none": [f"{FILES}[gzip-cut-short]", f"{FILES}[no-gzip]"],
    "a Parquet file that is none": [f"{FILES}[no-parquet]"],
    "a Parquet file with a bad row": [PARQUET],
    "a file of an unknown kind": [f"{FILES}[extension]", f"{FILES}[no-extension]"],
    "JSON lines that are no objects": [f"{FILES}[json-list]", f"{FILES}[json-text]", f"{FILES}[json-nested]"],
    "JSON nested without end": ["ingestion/test_files_refused.py::test_json_nested_without_end_is_refused"],
    "a line without end": [
        "ingestion/test_files_refused.py::test_a_line_without_end_is_refused_before_it_fills_memory"
    ],
    "a file that is not there, or no file": [
        "ingestion/test_files_refused.py::test_a_file_that_is_not_there_or_no_file_is_refused"
    ],
    "a file that may not be read": ["ingestion/test_files_refused.py::test_a_file_without_permission_is_refused"],
    "a full disk": ["ingestion/test_files_refused.py::test_a_full_disk_is_named"],
    "a file in which nobody is named": [
        "ingestion/test_files_load.py::test_a_file_in_which_no_row_names_a_person_is_noted"
    ],
    "a request limit that is used up": [
        f"{SALESFORCE}::test_a_used_up_request_limit_is_named",
        f"{GENESYS}::test_retry_after_is_honoured_and_a_wait_of_more_than_a_second_is_said",
    ],
    "a session that ends in mid-page": [
        f"{SALESFORCE}::test_a_session_that_ends_in_mid_page_is_opened_anew_once",
        f"{GENESYS}::test_a_token_that_expires_between_two_pages_is_renewed",
        f"{GENESYS}::test_a_token_that_is_refused_again_and_again_is_a_sentence",
    ],
    "a place in the results that the org forgot": [
        f"{SALESFORCE}::test_a_query_that_salesforce_forgot_is_read_from_its_start",
        f"{GENESYS}::test_a_cursor_that_is_refused_starts_the_results_again",
        "ingestion/dynamics/test_dynamics_load.py::test_an_expired_link_reads_the_table_again_without_a_doubled_row",
    ],
    "a next page on another host": [f"{SALESFORCE}::test_the_token_goes_to_no_other_host"],
    "a field that the org lacks": [
        f"{SALESFORCE_LOAD}::test_a_named_field_that_the_org_lacks_is_an_error_with_what_is_similar",
        f"{SALESFORCE}::test_a_needed_field_that_the_user_may_not_read_is_named",
        "ingestion/dynamics/test_dynamics_load.py::test_a_time_column_that_will_not_do_stops_the_load",
    ],
    "a field of the wrong type": [f"{SALESFORCE_LOAD}::test_a_named_field_of_the_wrong_kind_is_an_error"],
    "a bulk job that fails, is aborted, or does not end": [
        f"{BULK}::test_a_job_that_ends_badly_is_a_sentence",
        f"{BULK}::test_a_job_that_does_not_end_is_given_up",
    ],
    "a bulk page with fewer rows than it says": [
        f"{BULK}::test_a_page_with_fewer_rows_than_it_says_is_asked_for_again"
    ],
    "an object that the Bulk API does not take": [f"{BULK}::test_what_the_bulk_api_does_not_take_is_read_page_by_page"],
    "another org than the warehouse holds": [
        f"{GENESYS}::test_another_org_does_not_get_into_the_same_warehouse",
        "ingestion/salesforce/test_full_compare.py::"
        "test_another_org_is_refused_and_the_same_one_at_another_address_is_not",
    ],
    "a wrong setting of Dynamics 365": [
        f"{DYNAMICS}::test_a_wrong_setting_or_a_missing_privilege_is_named",
        f"{DYNAMICS}::test_missing_settings_are_named_all_at_once",
    ],
    "an event that is none": [f"{WEBHOOK}::test_what_is_no_event_is_refused_with_a_pointer"],
    "an event that is not signed, or long ago": [f"{WEBHOOK}::test_what_is_not_signed_now_is_refused"],
    "a signature that comes again": [f"{WEBHOOK}::test_a_signature_serves_once"],
    "another event under a known id": [f"{WEBHOOK}::test_another_content_under_a_known_id_is_refused"],
    "a body or headers that are too large": [f"{WEBHOOK}::test_bodies_and_headers_have_a_limit"],
    "a sender that is too slow": [
        f"{WEBHOOK}::test_a_slow_client_is_cut",
        f"{WEBHOOK}::test_a_client_that_drips_is_cut",
    ],
    "events that can't be kept": [f"{WEBHOOK}::test_what_can_not_be_kept_is_not_acknowledged"],
    "a contact list without the columns": [
        f"{CONTACTS}::test_a_list_without_the_needed_columns_is_said",
        f"{CONTACTS}::test_a_file_or_a_list_that_does_not_fit_stops_before_anything_is_sent",
    ],
    "a window that ends before it begins": [f"{PIPELINE}::test_since_that_is_not_before_until_is_a_sentence"],
    "a late source": ["cli/test_freshness.py::test_a_source_that_is_late_stops_the_run_and_is_named"],
    "tables of another loader that are not there": [
        "histories/test_brought_tables.py::test_a_schema_without_the_tables_is_named"
    ],
    "a run beside another": ["cli/test_run.py::test_a_run_beside_another_is_refused_and_told_who_runs"],
    "a schema of attributes that differs": ["write_back/test_schema.py::test_schema_that_differs_is_refused_in_words"],
}


def test_there_are_enough_of_them() -> None:
    assert len(WHERE) >= 60


@pytest.mark.parametrize("bad_input", WHERE)
def test_each_test_that_the_table_names_is_there(bad_input: str) -> None:
    for named in WHERE[bad_input]:
        match = re.fullmatch(r"(?P<file>[\w/.]+)::(?P<test>\w+)(\[(?P<id>[\w-]+)\])?", named)
        assert match, named
        text = (TESTS / match["file"]).read_text(encoding="utf-8")
        functions = {node.name for node in ast.parse(text).body if isinstance(node, ast.FunctionDef)}
        assert match["test"] in functions, named
        assert match["id"] is None or f'id="{match["id"]}"' in text, named
