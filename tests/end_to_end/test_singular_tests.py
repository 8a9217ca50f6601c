"""The dbt tests in tests/singular fail where the tables are wrong, each on the fault that it is there for."""

from __future__ import annotations

import duckdb
from world import FirstRound, World

# Test → a statement that does what it is there to catch.
FAULTS = {
    "credits_sum_to_one": "update marts.fct_attribution set w_shaped_credit = w_shaped_credit + 2e-9",
    "values_sum_to_the_conversion": "update marts.fct_attribution set time_decay_value = time_decay_value + 0.01",
    "journeys_are_counted_and_won_once": "update marts.fct_conversions set touch_count = 1 where touch_count = 0",
    "touches_come_before_their_conversion": """
        update intermediate.int_touches set touched_at = (select max(converted_at) from marts.fct_conversions)
        where touch_id in (select touch_id from marts.fct_attribution)
    """,
    "campaign_roi_holds_all_conversions": "delete from reports.rpt_campaign_roi where campaign_id = '(unattributed)'",
    "reports_hold_all_credit": """
        update reports.rpt_ivr_node_credit set attributed_value = attributed_value + 0.01
        where attribution_model = 'linear'
    """,
    "export_holds_all_credit_of_conversations": """
        create table exports.as_it_was as select * replace (2 as single_win_credit)
        from exports.export_genesys_attribution;
        create or replace view exports.export_genesys_attribution as from exports.as_it_was
    """,
}


def test_each_singular_test_fails_on_its_fault_alone(first_round: FirstRound, world: World) -> None:
    compiled = {
        node["name"]: node["compiled_code"]
        for node in first_round.manifest["nodes"].values()
        if node["resource_type"] == "test" and node["original_file_path"].startswith("tests/singular/")
    }
    assert compiled.keys() == FAULTS.keys()
    for name, fault in FAULTS.items():
        world.begin_with(first_round.file)
        with duckdb.connect(str(world.file)) as connection:
            assert connection.execute(compiled[name]).fetchall() == []
            connection.execute(fault)
            assert connection.execute(compiled[name]).fetchall() != [], name
