"""The shape of the dbt project, read from its manifest: names, layers, keys, contracts, nothing that leads nowhere.

Each rule holds for every model; what breaks one with a reason is named beside the rule, and a reason that nothing needs
any more fails too. Descriptions are tests/docs' affair.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from common.settings import PROJECT_DIR

SOURCES = ("genesys", "salesforce", "dynamics", "files", "webhook")
PROJECT = "outbound_attribution"
# What a layer may read. A seed is an analyst's table and may be read wherever rules are.
MAY_READ = {
    "staging": {"source"},
    "intermediate": {"staging", "intermediate", "seed"},
    "marts": {"intermediate", "marts", "seed"},
    "reports": {"intermediate", "marts"},
    "exports": {"intermediate", "marts"},
}
WHICH_LOADS = "int_build_loads"
NAMES_OF_IDS = "the names of ids, listed by the system as they are: there is no rule to put between"
JUDGED_AS_SHOWN = "a finding is about what the mart shows"
THE_VERY_CENTS = "adds up the very credit and cents that analysts see, for reports"
OWN_LOADS = "the log of loads, one column of one row"
READS_WITH_REASON = {
    ("dim_agents", "stg_genesys__users"): NAMES_OF_IDS,
    ("dim_campaigns", "stg_genesys__campaigns"): NAMES_OF_IDS,
    ("dim_dispositions", "stg_genesys__wrapup_codes"): NAMES_OF_IDS,
    ("dim_ivr_nodes", "stg_genesys__flows"): NAMES_OF_IDS,
    ("dim_queues", "stg_genesys__queues"): NAMES_OF_IDS,
    ("int_findings_catalogue", "dim_agents"): JUDGED_AS_SHOWN,
    ("int_findings_catalogue", "dim_campaigns"): JUDGED_AS_SHOWN,
    ("int_findings_catalogue", "dim_channels"): JUDGED_AS_SHOWN,
    ("int_findings_catalogue", "dim_dispositions"): JUDGED_AS_SHOWN,
    ("int_findings_catalogue", "dim_queues"): JUDGED_AS_SHOWN,
    ("int_findings_conversions", "fct_conversions"): JUDGED_AS_SHOWN,
    ("int_credit_changes", "fct_attribution"): THE_VERY_CENTS,
    **{("int_late_sources", f"raw_{source}.completed_loads"): OWN_LOADS for source in SOURCES},
}
NAMES = {
    "staging": r"stg_{source}__\w+",
    "intermediate": r"int_{source}__\w+",
    "intermediate, all sources": r"int_(?!.*__)\w+",
    "marts": r"(fct|dim|bridge)_(?!.*__)\w+",
    "reports": r"rpt_(?!.*__)\w+",
    "exports": r"export_(?!.*__)\w+",
}
KEY_IS_THE_ORGS = "a payload may repeat or lack the ids inside it, and a test fails only for a fault of the project"
ROWS_OF_ANOTHER = "rows on their way into int_touches or int_conversions, whose key is tested"
STILL_TO_DO = "a list of what is still to be done, in which a build that stopped may have left a line twice"
NO_KEY_IN_COSTS = "two rows of one campaign, day and channel are two costs; they are added up"
KEYLESS_WITH_REASON = {
    "int_genesys__new_participants": KEY_IS_THE_ORGS,
    "int_genesys__new_sessions": KEY_IS_THE_ORGS,
    "int_genesys__new_segments": KEY_IS_THE_ORGS,
    "int_genesys__new_flow_outcomes": KEY_IS_THE_ORGS,
    "int_genesys__flow_outcomes": KEY_IS_THE_ORGS,
    "stg_dynamics__activity_parties": KEY_IS_THE_ORGS,
    "int_genesys__participants": KEY_IS_THE_ORGS,
    "int_genesys__sessions": KEY_IS_THE_ORGS,
    "int_genesys__segments": KEY_IS_THE_ORGS,
    **{
        f"int_{name}": ROWS_OF_ANOTHER
        for name in (
            "touch_records",
            "conversion_records",
            "touches_to_identify",
            "conversions_to_identify",
            "conversions_with_person",
            "repriced_conversions",
            "touches_with_key",
        )
    },
    "int_replaced_credit": "rows of fct_attribution, whose key is tested, and an empty one for who had none",
    "int_credit_changes": "a row that comes and a row that goes have the same key",
    "int_changed_keys": STILL_TO_DO,
    "int_changed_people": STILL_TO_DO,
    "int_crm_facts": "a lead has a row for each of its phones and e-mails, and one without either where it has none",
    "int_crm_facts_built": "a copy of int_crm_facts",
    "int_named_together": "what is named together twice stands there twice; int_identity_ties counts it once",
    "int_campaign_costs": NO_KEY_IN_COSTS,
    "int_campaign_costs_reporting": NO_KEY_IN_COSTS,
}
# More children than this, and a model is either the hub of its layer or has a question too many put to it.
MOST_CHILDREN = 8
FAN_OUT_WITH_REASON = {
    "fct_attribution": "the journeys with their credit, which every report and export sums up in its own way",
    "int_crm_leads": "who survived a merge, which is asked wherever a lead is named",
    "int_touches": "the one place where a touch, its time and its person are settled; every dimension lists its ids",
}
UNREAD_WITH_REASON = {
    "raw_genesys.contact_lists": "says which columns a contact list has, for whoever sets genesys_attributes",
    "raw_genesys.skills": "loaded for an analyst's own questions",
    "raw_genesys.flow_milestones": "loaded for an analyst's own questions",
    "raw_genesys.organization": "whose data the warehouse holds: the demo and `doctor` read it",
    "raw_salesforce.organization": "whose data the warehouse holds: a load of another org is refused",
}
READ_BY_THE_NEXT_BUILD = {"int_crm_facts_built"}
READ_BY_EXPLAIN = {"int_lead_creations"}
DISPATCHED = ("default__", "duckdb__", "snowflake__")
# dbt calls it where a model is made, without arguments.
MATERIALIZATION = "materialization_"
SEVERAL_MACROS_WITH_REASON = {
    "macros/settings/setting.sql": "one reader for each kind of var; none is for anyone but settings()",
}
CALLED_BY_DBT = {
    "generate_schema_name",
    "should_full_refresh",
    "reset_csv_table",
    "get_incremental_replace_conversations_sql",
    "get_incremental_replace_journeys_sql",
    "get_incremental_replace_people_sql",
    "get_incremental_replace_records_sql",
}


@pytest.fixture(scope="module")
def manifest(manifest_json: Callable[..., dict[str, Any]]) -> dict[str, Any]:
    """The manifest with every source on; nothing is connected to."""
    return manifest_json(SOURCES)


@pytest.fixture(scope="module")
def models(manifest: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The project's models by name."""
    found = {node["name"]: node for node in manifest["nodes"].values() if node["resource_type"] == "model"}
    assert found, "the manifest holds no model"
    return found


@pytest.fixture(scope="module")
def reads(manifest: dict[str, Any], models: dict[str, dict[str, Any]]) -> dict[tuple[str, str], str]:
    """Every reading of one thing by a model: (model, what it reads) → the layer of what it reads."""
    everything = {**manifest["nodes"], **manifest["sources"]}
    edges = {}
    for name, model in models.items():
        for parent in (everything[key] for key in model["depends_on"]["nodes"]):
            if parent["resource_type"] == "source":
                edges[name, f"{parent['source_name']}.{parent['name']}"] = "source"
            else:
                edges[name, parent["name"]] = layer(parent) if parent["resource_type"] == "model" else "seed"
    return edges


@pytest.fixture(scope="module")
def macros(manifest: dict[str, Any]) -> list[dict[str, Any]]:
    """The project's macros but for generic tests, which dbt keeps with them."""
    own = [macro for macro in manifest["macros"].values() if macro["package_name"] == PROJECT]
    return [macro for macro in own if macro["original_file_path"].startswith("macros/")]


def layer(model: dict[str, Any]) -> str:
    return Path(model["original_file_path"]).parts[1]


def folder_source(model: dict[str, Any]) -> str | None:
    """The source whose folder the model stands in; None where it stands in none."""
    parts = Path(model["original_file_path"]).parts[2:-1]
    return parts[0] if parts else None


def with_reasons(broken: set[Any], reasons: dict[Any, str], rule: str) -> None:
    """Fail for what breaks the rule without a reason, and for a reason that nothing needs."""
    assert not broken - set(reasons), f"{rule}: {sorted(broken - set(reasons))}"
    assert not set(reasons) - broken, f"no longer needs its reason: {sorted(set(reasons) - broken)}"


def test_every_layer_reads_only_what_it_may(models, reads):
    broken = {
        edge
        for edge, parent_layer in reads.items()
        if layer(models[edge[0]]) not in MAY_READ or parent_layer not in MAY_READ[layer(models[edge[0]])]
    }
    with_reasons(broken, READS_WITH_REASON, "a model reads what its layer may not (CONTRIBUTING.md#the-picture)")


def test_a_folder_of_a_source_reads_that_source_only(models, reads):
    for child, parent in reads:
        source = folder_source(models[child])
        if source is None:
            continue
        if parent in models and parent != WHICH_LOADS:
            assert folder_source(models[parent]) == source, f"{child} of {source} reads {parent}"
        elif "." in parent:
            assert parent.startswith(f"raw_{source}."), f"{child} of {source} reads {parent}"


def test_a_name_says_its_folder(models):
    for name, model in models.items():
        source = folder_source(model)
        kind = "intermediate, all sources" if layer(model) == "intermediate" and source is None else layer(model)
        assert source is None or source in SOURCES, f"{name} stands in models/{layer(model)}/{source}, no source"
        pattern = NAMES[kind].format(source=source)
        assert re.fullmatch(pattern, name), f"{name} in {model['original_file_path']} is not named {pattern}"


def test_every_model_has_its_yaml_beside_it(models):
    for name, model in models.items():
        sql = model["original_file_path"]
        assert model["patch_path"] == f"{PROJECT}://{sql.removesuffix('.sql')}.yml", f"{name}: {model['patch_path']}"


def test_every_model_has_a_tested_key(manifest, models):
    tests_of: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for node in manifest["nodes"].values():
        if node["resource_type"] == "test" and node.get("test_metadata") and node["attached_node"]:
            kind = node["test_metadata"]["name"]
            tests_of[node["attached_node"]].add((kind, str(node["column_name"] or "")))
    keyless = set()
    for name, model in models.items():
        tests = tests_of[model["unique_id"]]
        of_a_column = any(kind == "unique" and ("not_null", column) in tests for kind, column in tests)
        if not of_a_column and not any(kind == "unique_combination" for kind, _ in tests):
            keyless.add(name)
    with_reasons(keyless, KEYLESS_WITH_REASON, "no test of a key: unique and not_null, or unique_combination")


def test_what_analysts_query_is_a_contract_and_has_an_owner(models):
    for name, model in models.items():
        if layer(model) in ("marts", "reports", "exports"):
            assert model["config"]["contract"]["enforced"], f"{name} has no enforced contract"
            assert model["config"]["group"], f"{name} is in no group"


def test_no_column_that_analysts_query_holds_a_phone_or_an_e_mail(models):
    personal = re.compile(r"phone|e_?mail|mobile|first_name|last_name|person_salt|secret|token")
    for name, model in models.items():
        if layer(model) in ("marts", "reports", "exports"):
            assert not [column for column in model["columns"] if personal.search(column)], name


def test_nothing_fans_out_without_a_reason(models, reads):
    children: dict[str, set[str]] = defaultdict(set)
    for child, parent in reads:
        children[parent].add(child)
    wide = {name for name in models if len(children[name]) > MOST_CHILDREN}
    with_reasons(wide, FAN_OUT_WITH_REASON, f"more than {MOST_CHILDREN} models read it")


def test_nothing_leads_nowhere(manifest, models, reads):
    read = {parent for _, parent in reads}
    exposed = {key for exposure in manifest["exposures"].values() for key in exposure["depends_on"]["nodes"]}
    for name, model in models.items():
        is_an_end = layer(model) in ("marts", "reports", "exports") or model["unique_id"] in exposed
        assert is_an_end or name in read | READ_BY_THE_NEXT_BUILD | READ_BY_EXPLAIN, f"nothing reads {name}"
    seeds = {node["name"] for node in manifest["nodes"].values() if node["resource_type"] == "seed"}
    assert seeds <= read, f"nothing reads the seeds {seeds - read}"
    tables = {
        f"{source['source_name']}.{source['name']}"
        for source in manifest["sources"].values()
        if source["source_name"].startswith("raw_")
    }
    with_reasons(tables - read, UNREAD_WITH_REASON, "nothing reads what was loaded")


def test_a_file_holds_one_macro_of_its_name_and_its_warehouses(macros):
    several = set()
    for macro in macros:
        name = macro["name"]
        for prefix in DISPATCHED:
            name = name.removeprefix(prefix)
        if name != Path(macro["original_file_path"]).stem:
            several.add(macro["original_file_path"])
    with_reasons(several, SEVERAL_MACROS_WITH_REASON, "more than the macro that the file is named for")


def test_documented_arguments_are_those_of_the_macro(macros):
    for macro in macros:
        if macro["name"].startswith((*DISPATCHED, MATERIALIZATION)):
            continue
        signature = re.search(rf"macro\s+{macro['name']}\s*\((?P<arguments>.*?)\)\s*-?%}}", macro["macro_sql"], re.S)
        assert signature, f"{macro['name']} has no signature"
        # A default may hold commas, in brackets or quotes.
        bare = re.sub(r"\[.*?\]|'.*?'|\{.*?\}", "", signature["arguments"])
        names = [argument.partition("=")[0].strip() for argument in bare.split(",") if argument.strip()]
        if macro["name"] not in CALLED_BY_DBT:
            assert [argument["name"] for argument in macro["arguments"]] == names, macro["name"]


def test_every_macro_is_called(macros, models):
    texts = [path.read_text(encoding="utf-8") for path in (PROJECT_DIR / "tests").rglob("*.sql")]
    for folder in ("models", "seeds", "analyses"):
        texts += [path.read_text(encoding="utf-8") for path in (PROJECT_DIR / folder).rglob("*.*ml")]
        texts += [path.read_text(encoding="utf-8") for path in (PROJECT_DIR / folder).rglob("*.sql")]
    texts.append((PROJECT_DIR / "dbt_project.yml").read_text(encoding="utf-8"))
    bodies = {macro["name"]: re.sub(r"macro\s+\w+\s*\(", "", macro["macro_sql"], count=1) for macro in macros}
    by_name = {f"credit_{column.removesuffix('_credit')}" for column in models["fct_attribution"]["columns"]}
    for name in bodies:
        if name.startswith((*DISPATCHED, MATERIALIZATION)) or name in CALLED_BY_DBT | by_name:
            continue
        others = texts + [body for other, body in bodies.items() if other != name]
        assert any(re.search(rf"\b{name}\(", text) for text in others), f"nothing calls the macro {name}"


def test_only_macros_know_the_warehouse():
    for folder in ("models", "tests", "seeds", "analyses"):
        for path in (PROJECT_DIR / folder).rglob("*"):
            if path.suffix in (".sql", ".yml"):
                text = path.read_text(encoding="utf-8")
                found = re.search(r"\btarget\.(type|name)\b|adapter\.(dispatch|type)", text)
                assert not found, f"{path.relative_to(PROJECT_DIR)} asks for the warehouse: {found and found[0]}"
