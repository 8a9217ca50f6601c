"""Metrics by MetricFlow equal SQL on the marts, however they are grouped; models are never added up."""

from __future__ import annotations

import json
import math
from datetime import datetime

import pytest

EXPORTED = "channel_weighted_time_decay"
MODELS = [
    "first_touch",
    "last_touch",
    "linear",
    "position_based",
    "w_shaped",
    "time_decay",
    "channel_weighted_time_decay",
    "single_win",
]

# name → metrics, group by, and the same in SQL: first the groups, then the metrics, in this order.
QUERIES = {
    "campaign": (
        ["credited_conversions", "credited_value", "cost", "roi", "cost_per_credited_conversion", "touches"],
        ["campaign__campaign_name"],
        f"""
        select campaign_name, credit, coalesce(attributed_value, 0), cost,
            (coalesce(attributed_value, 0) - cost) / cost, cost / nullif(credit, 0), touch_count
        from reports.rpt_campaign_roi
        where attribution_model = '{EXPORTED}' and campaign_id != '(unattributed)'
        """,
    ),
    "campaign_and_touch_sequence": (
        ["credited_conversions", "credited_value", "cost", "roi", "touches", "conversion_rate"],
        ["campaign", "touch__touch_sequence"],
        f"""
        select campaign_id, touch_sequence, sum(credit), coalesce(sum(attributed_value), 0), sum(cost),
            (coalesce(sum(attributed_value), 0) - sum(cost)) / sum(cost), sum(touch_count),
            sum(credit) / sum(touch_count)
        from reports.rpt_campaign_touch_sequence
        where attribution_model = '{EXPORTED}'
        group by all
        """,
    ),
    "month": (
        ["conversions", "touched_conversions", "attributed_share", "conversion_value", "credited_conversions"],
        ["metric_time__month"],
        """
        select date_trunc('month', converted_at), count(*), count(*) filter (touch_count > 0),
            count(*) filter (touch_count > 0) / count(*), sum(conversion_value_reporting),
            cast(count(*) filter (touch_count > 0) as double)
        from marts.fct_conversions
        group by all
        """,
    ),
    "month_of_touches": (
        ["touches", "people_touched", "cost"],
        ["metric_time__month"],
        """
        select date_trunc('month', touched_at), count(*), count(distinct person_key), sum(costs.cost)
        from marts.fct_touches as touches
        left join marts.fct_costs as costs on touches.touch_id = costs.touch_id
        group by all
        """,
    ),
    "channel": (
        ["single_win_conversions", "single_win_value", "touches"],
        ["touch__channel"],
        """
        select touches.channel, count(wins.conversion_id), coalesce(sum(wins.conversion_value), 0),
            count(distinct touches.touch_id)
        from marts.fct_touches as touches
        left join marts.fct_single_win as wins on touches.touch_id = wins.winning_touch_id
        group by all
        """,
    ),
    "disposition": (
        ["credited_conversions", "touches"],
        ["touch__disposition__disposition_name"],
        f"""
        select nullif(disposition_name, '(none)'), sum(credit), sum(touch_count)
        from reports.rpt_campaign_touch_sequence
        where attribution_model = '{EXPORTED}'
        group by all
        """,
    ),
    **{
        f"model_{model}": (
            [f"{model}_conversions", f"{model}_value", f"{model}_roi"],
            ["campaign"],
            f"""
            select campaign_id, credit, coalesce(attributed_value, 0), (coalesce(attributed_value, 0) - cost) / cost
            from reports.rpt_campaign_roi
            where attribution_model = '{model}' and campaign_id != '(unattributed)'
            """,
        )
        for model in MODELS
    },
}


@pytest.fixture(scope="module")
def answers(run_mf, tmp_path_factory, read_csv):
    """name of the query → rows as tuples of text, groups first. `mf validate-configs` runs before them."""
    folder = tmp_path_factory.mktemp("answers")
    files = {name: folder / f"{name}.csv" for name in QUERIES}
    commands = [["validate-configs", "--show-all"]]
    for name, (metrics, groups, _) in QUERIES.items():
        commands.append(
            ["query", "--metrics", ",".join(metrics), "--group-by", ",".join(groups), "--csv", str(files[name])]
        )
    validation, *queries = run_mf(commands)
    for result in queries:
        assert result["code"] == 0, result["output"][-3000:]
    rows = {
        name: [tuple(row[column] for column in [*groups, *metrics]) for row in read_csv(files[name])]
        for name, (metrics, groups, _) in QUERIES.items()
    }
    return {"validation": validation, "rows": rows}


def test_the_configuration_is_valid_in_the_warehouse_too(answers):
    said = answers["validation"]["output"]
    assert answers["validation"]["code"] == 0, said
    assert "WARNING" not in said.upper().replace("(TO SEE WARNINGS", ""), said


@pytest.mark.parametrize("name", QUERIES)
def test_metrics_equal_sql_on_the_marts(answers, warehouse, name):
    groups = len(QUERIES[name][1])
    expected = {
        tuple(text(value) for value in row[:groups]): row[groups:]
        for row in map(tuple, map(dict.values, warehouse.query(f"select * from ({QUERIES[name][2]})")))
    }
    actual = {row[:groups]: row[groups:] for row in answers["rows"][name]}
    assert len(actual) > 1
    assert actual.keys() == expected.keys()
    for group, values in expected.items():
        for got, wanted in zip(actual[group], values, strict=True):
            if wanted is None:
                assert got == "", (group, actual[group], values)
            else:
                # Cost and ROI of the reports are rounded to the cent.
                assert math.isclose(float(got), float(wanted), rel_tol=1e-9, abs_tol=1e-9), (group, actual[group])


def test_credit_of_a_model_sums_to_the_conversions_with_a_touch(answers, warehouse):
    touched = warehouse.query("select count(*) as n from marts.fct_conversions where touch_count > 0")[0]["n"]
    for model in MODELS:
        assert math.isclose(sum(float(row[1]) for row in answers["rows"][f"model_{model}"]), touched)


def test_the_time_spine_has_every_day_of_every_year_of_the_facts(warehouse):
    found = warehouse.query(
        """
        select min(date_day) as first_day, max(date_day) as last_day, count(*) as days,
            (select min(touched_at) from marts.fct_touches) as first_touch,
            (select max(converted_at) from marts.fct_conversions) as last_conversion
        from marts.dim_days
        """
    )[0]
    assert (found["first_day"].month, found["first_day"].day) == (1, 1)
    assert (found["last_day"].month, found["last_day"].day) == (12, 31)
    assert found["first_day"].year == found["first_touch"].year
    assert found["last_day"].year == found["last_conversion"].year
    assert found["days"] == (found["last_day"] - found["first_day"]).days + 1


def test_costs_sum_to_what_campaigns_cost(warehouse):
    differing = warehouse.query(
        """
        select campaign_id
        from (select campaign_id, sum(cost) as cost from marts.fct_costs group by campaign_id) as costs
        full join (select * from reports.rpt_campaign_roi where attribution_model = 'linear') as roi using (campaign_id)
        where costs.cost is distinct from roi.cost
        """
    )
    assert differing == []


def test_no_metric_adds_up_models(warehouse):
    manifest = json.loads((warehouse.project / "target" / "semantic_manifest.json").read_text())
    # The long table has eight rows for what one conversion earned a touch; nothing may sum it.
    tables = {model["node_relation"]["alias"] for model in manifest["semantic_models"]}
    assert not any(table == "fct_attribution_credit" or table.startswith("rpt_") for table in tables)
    columns = {
        measure["name"]: measure["expr"] or measure["name"]
        for semantic_model in manifest["semantic_models"]
        if semantic_model["node_relation"]["alias"] == "fct_attribution"
        for measure in semantic_model["measures"]
    }
    assert set(columns.values()) == {f"{model}_{kind}" for model in MODELS for kind in ("credit", "value")}
    metrics = {metric["name"]: metric for metric in manifest["metrics"]}
    assert len(metrics) >= 12 + 3 * len(MODELS)
    for name, metric in metrics.items():
        models = {columns[measure].rsplit("_", 1)[0] for measure in measures(metric, metrics) if measure in columns}
        assert len(models) <= 1, f"{name} takes {models}"
        if models and metric["type"] == "simple":
            assert "Never to be added to the metric of another model" in " ".join(metric["description"].split())


def measures(metric, metrics):
    """The measures that a metric is made of, however deep."""
    parameters = metric["type_params"]
    if parameters.get("measure"):
        return {parameters["measure"]["name"]}
    inputs = [
        *(parameters.get("metrics") or []),
        *filter(None, [parameters.get("numerator"), parameters.get("denominator")]),
    ]
    return set().union(*(measures(metrics[named["name"]], metrics) for named in inputs))


def test_every_metric_and_dimension_says_what_it_is(warehouse):
    manifest = json.loads((warehouse.project / "target" / "semantic_manifest.json").read_text())
    silent = [metric["name"] for metric in manifest["metrics"] if not metric["description"] or not metric["label"]]
    for model in manifest["semantic_models"]:
        named = [*model["dimensions"], *model["measures"]]
        silent += [f"{model['name']}.{thing['name']}" for thing in named if not thing["description"]]
    assert silent == []


def text(value):
    """As `mf` writes a group into a CSV file."""
    if value is None:
        return ""
    return value.isoformat(sep=" ") if isinstance(value, datetime) else str(value)
