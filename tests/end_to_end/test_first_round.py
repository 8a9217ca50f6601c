"""What holds of the warehouse after one round: credit is conserved, and dbt works by itself."""

from __future__ import annotations

import json
from collections import defaultdict
from decimal import Decimal

from world import CONTRACT_SCHEMAS, FirstRound, World

CONTRACT_TABLES = {
    "marts": {
        *("fct_touches", "fct_conversions", "fct_attribution", "fct_attribution_credit", "fct_single_win"),
        *("bridge_touch_agents", "bridge_touch_ivr_nodes", "dim_campaigns", "dim_agents", "dim_queues"),
        *("dim_ivr_nodes", "dim_dispositions", "dim_channels", "dim_attribution_models"),
    },
    "reports": {
        *("rpt_campaign_touch_sequence", "rpt_campaign_roi", "rpt_agent_credit", "rpt_ivr_node_credit"),
        *("rpt_disposition_credit", "rpt_conversion_paths", "rpt_data_quality"),
    },
    "exports": {"export_genesys_attribution", "export_genesys_participants", "export_genesys_contacts"},
}
MODELS = [
    *("first_touch", "last_touch", "linear", "position_based", "w_shaped", "time_decay"),
    *("channel_weighted_time_decay", "single_win"),
]


def test_the_contract_tables_are_there_and_hold_rows(first_round: FirstRound) -> None:
    found = first_round.contents()
    assert CONTRACT_TABLES.keys() == set(CONTRACT_SCHEMAS)
    for schema, tables in CONTRACT_TABLES.items():
        for table in tables:
            assert found[f"{schema}.{table}"][1], f"{schema}.{table} is empty"


def test_credits_of_every_model_sum_to_one_and_values_to_the_cent(first_round: FirstRound) -> None:
    assert first_round.models() == MODELS
    journeys = defaultdict(list)
    for row in first_round.query("select * from marts.fct_attribution"):
        journeys[row["conversion_id"]].append(row)
    conversions = first_round.query("select * from marts.fct_conversions")
    assert {row["conversion_id"] for row in conversions if row["touch_count"]} == journeys.keys()
    assert max(map(len, journeys.values())) > 2
    for conversion in conversions:
        journey = journeys.get(conversion["conversion_id"], [])
        assert conversion["touch_count"] == len(journey)
        for model in MODELS if journey else []:
            assert abs(sum(row[f"{model}_credit"] for row in journey) - 1) <= 1e-9
            values = [row[f"{model}_value"] for row in journey]
            if conversion["conversion_value_reporting"] is None:
                assert set(values) == {None}
            else:
                assert all(isinstance(value, Decimal) and value.as_tuple().exponent == -2 for value in values)
                assert sum(values) == conversion["conversion_value_reporting"]


def test_the_long_form_says_what_the_wide_one_says(first_round: FirstRound) -> None:
    wide = {
        (row["conversion_id"], row["touch_id"], model): (row[f"{model}_credit"], row[f"{model}_value"])
        for row in first_round.query("select * from marts.fct_attribution")
        for model in MODELS
    }
    long = {
        (row["conversion_id"], row["touch_id"], row["attribution_model"]): (row["credit"], row["attributed_value"])
        for row in first_round.query("select * from marts.fct_attribution_credit")
    }
    assert long == wide


def test_what_is_written_back_is_what_is_exported(first_round: FirstRound) -> None:
    exported = {
        row["conversation_id"]: row for row in first_round.query("select * from exports.export_genesys_attribution")
    }
    written = {record["conversationId"]: record["customAttributes"] for record in first_round.attributes}
    assert written.keys() == exported.keys()
    assert first_round.sent == len(written) > 0
    for id, attributes in written.items():
        row = exported[id]
        expected = {
            "attribution_credit_number": round(row["attribution_credit"], 9),
            "attribution_value_number": None if row["attributed_value"] is None else float(row["attributed_value"]),
            "attribution_model_text": "channel_weighted_time_decay",
            "attribution_single_win_number": row["single_win_credit"],
            "attribution_campaign_id_text": row["campaign_id"],
            "attribution_touch_sequence_integer": row["touch_sequence"],
            "attribution_conversions_integer": row["conversion_count"],
        }
        assert attributes == {name: value for name, value in expected.items() if value is not None}


def test_what_contacts_are_credited_is_what_their_conversations_are(first_round: FirstRound) -> None:
    of_contacts = first_round.query("select * from exports.export_genesys_contacts")
    called = first_round.query(
        """
        select
            outbound_contact_list_id || '/' || outbound_contact_id as contact,
            cast(sum(cast(attribution_credit as decimal(28, 15))) as double) as credit,
            sum(attributed_value) as value,
            max(last_converted_at) as last_converted_at
        from exports.export_genesys_attribution
        inner join (
            select distinct conversation_id, outbound_contact_list_id, outbound_contact_id
            from intermediate.int_genesys__sessions
            where outbound_contact_id is not null
        ) using (conversation_id)
        group by contact
        """
    )
    assert len(of_contacts) == len(called) > 10
    found = {f"{row['contact_list_id']}/{row['contact_id']}": row for row in of_contacts}
    for row in called:
        contact = found[row["contact"]]
        assert abs(contact["attribution_credit"] - row["credit"]) < 1e-9
        assert (contact["attributed_value"], contact["last_converted_at"]) == (row["value"], row["last_converted_at"])
    customers = first_round.query(
        """
        select count(*) as conversations, count(distinct participant_id) as participants
        from exports.export_genesys_participants
        inner join intermediate.int_genesys__participants using (conversation_id, participant_id)
        where is_customer and conversation_id in (select conversation_id from exports.export_genesys_attribution)
        """
    )
    assert customers == [{"conversations": first_round.sent, "participants": first_round.sent}]


def test_freshness_and_docs_work_without_the_command_line_of_this_project(
    first_round: FirstRound, world: World
) -> None:
    world.begin_with(first_round.file)
    world.dbt_here("source", "freshness")
    results = json.loads((world.folder / "target" / "sources.json").read_text())["results"]
    assert {(result["unique_id"].split(".")[2], result["status"]) for result in results} == {
        ("raw_genesys", "pass"),
        ("raw_salesforce", "pass"),
    }
    world.dbt("docs", "generate", "--static")
    catalog = json.loads((world.folder / "target" / "catalog.json").read_text())
    assert {node.split(".")[2] for node in catalog["nodes"]} >= set().union(*CONTRACT_TABLES.values())
    assert (world.folder / "target" / "static_index.html").stat().st_size > 100_000
