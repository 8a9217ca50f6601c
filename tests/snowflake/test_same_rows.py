"""Both warehouses hold the same, cell by cell, after a first build and after one of what has changed since.

And what was sent to Snowflake on the way, or would be, is Snowflake's SQL: it parses in its dialect, calls functions
that its reference has, and takes no reserved word for a name.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest
from both import OnSnowflake, StandIn, point_at
from facts import World
from hypothesis import strategies as st
from parsed import shared_folder
from plan import Step, drawn
from play import Counts, computed, prepare
from project import Project
from scans import whole_scans
from snowflake_reference import FUNCTIONS, read
from sqlglot import exp
from sqlglot.errors import ParseError

from common.compare import Difference, compare
from common.warehouse import connect

SOURCES = ("genesys", "salesforce", "files")
# Random rows of all three sources, then changes to them; vars and seeds as they are, so that the second build computes
# what has changed.
HISTORY = replace(
    (drawn_history := drawn(seed=947, sources=st.just(SOURCES))),
    start=60,
    steps=tuple(Step(step.loads) for step in drawn_history.steps if step.loads)[:2],
)


# In a build of what changed, the models that read a table as large as the history, and why.
SMALL_COLUMNS = "one or two columns of it, for the names that are in use"
ADDED_UP_ANEW = "all credit, added up anew by each build: shares of a touch are kept by nobody"
SCANS_WITH_REASON = {
    ("dim_agents", "bridge_touch_agents"): SMALL_COLUMNS,
    ("dim_ivr_nodes", "bridge_touch_ivr_nodes"): SMALL_COLUMNS,
    ("dim_days", "fct_conversions"): SMALL_COLUMNS,
    ("fct_single_win", "fct_conversions"): "joined to the journeys of the people concerned",
    ("rpt_agent_credit", "fct_attribution"): ADDED_UP_ANEW,
    ("rpt_ivr_node_credit", "fct_attribution"): ADDED_UP_ANEW,
    ("rpt_campaign_roi", "fct_conversions"): "conversions without a touch, by a predicate of its own",
    ("rpt_data_quality", "fct_attribution"): "by the records that findings name",
}
# What sqlglot knows by its first word alone: questions about the catalogue, and a session's settings.
ONLY_FIRST_WORD = ("show ", "alter session ")


@dataclass
class Walk:
    """What was found after each build, what dbt said, and what was sent and compiled."""

    differences: list[list[Difference]]
    computed: list[list[str]]
    sent: list[list[dict[str, str]]]
    compiled: dict[str, str]


@pytest.fixture(scope="module")
def walk(tmp_path_factory: pytest.TempPathFactory, stand_in: StandIn) -> Walk:
    shared = shared_folder(tmp_path_factory)
    on_duckdb = Project(tmp_path_factory.mktemp("duckdb"), shared)
    on_snowflake = OnSnowflake(tmp_path_factory.mktemp("snowflake"), shared, stand_in)
    taken = Walk([], [], [], {})
    world = World(HISTORY.sources)
    on_duckdb.begin(HISTORY.sources)
    seeded = on_snowflake.dbt("seed", SOURCES, {})
    assert seeded.is_good, seeded.said
    for number, step in enumerate(HISTORY.steps):
        prepare(HISTORY, step, number == 0, on_duckdb, world, Counts())
        assert on_snowflake.mirror(on_duckdb.file, SOURCES) > 100
        begun = len(stand_in.written("statements.jsonl"))
        for project in (on_duckdb, on_snowflake):
            built = project.build(SOURCES, world.vars.dbt)
            assert built.is_good, "\n".join(built.said[-20:])
            taken.computed.append(computed(built.said))
        taken.sent.append(stand_in.written("statements.jsonl", begun))
        taken.differences.append(differences(on_duckdb, stand_in))
    taken.compiled = on_snowflake.compiled(SOURCES, world.vars.dbt)
    return taken


def differences(on_duckdb: Project, stand_in: StandIn) -> list[Difference]:
    with pytest.MonkeyPatch.context() as patch:
        point_at({**on_duckdb.environment, **stand_in.environment}, patch)
        with connect(read_only=True, target="duckdb") as left, connect(target="snowflake") as right:
            return compare(left, right)


@pytest.mark.parametrize("batch", [0, 1])
def test_every_cell_is_the_same(walk: Walk, batch: int) -> None:
    found = walk.differences[batch]
    assert [(each.table, each.examples) for each in found if each.different] == []
    assert len(found) > 20 and sum(each.rows[0] for each in found) > 500 and sum(each.cells for each in found) > 5000


def test_both_compute_the_same_people(walk: Walk) -> None:
    assert walk.computed == [["everything"], ["everything"], ["somebody"], ["somebody"]]


def test_every_statement_is_snowflakes(walk: Walk) -> None:
    sent = {row["sql"]: "sent" for row in walk.sent[0] + walk.sent[1]}
    assert len(sent) > 200 and sum(".yml/" in path for path in walk.compiled) > 40
    unknown, unread, reserved = {}, [], {}
    for sql, where in {**sent, **{sql: path for path, sql in walk.compiled.items()}}.items():
        found = read(sql)
        if any(isinstance(each, exp.Command) for each in found.statements):
            unread += [sql] if not sql.lstrip().lower().startswith(ONLY_FIRST_WORD) else []
        if not_listed := found.functions - set(FUNCTIONS):
            unknown[where, sql] = not_listed
        if found.reserved:
            reserved[where, sql] = found.reserved
    assert unread == []
    assert unknown == {}
    assert reserved == {}


def test_what_is_not_snowflakes_is_noticed() -> None:
    assert read("select string_agg(a, ',') from t").functions - set(FUNCTIONS) == {"STRING_AGG"}
    assert read("with c (a) as (select 1) select a, start from c").reserved == {"START"}
    with pytest.raises(ParseError):
        read("select a from t where")


def test_every_model_is_tagged_and_leaves_no_transaction_open(walk: Walk) -> None:
    models = {sql.split('"model": "')[1].split('"')[0] for row in walk.sent[1] if "query_tag" in (sql := row["sql"])}
    assert {"fct_attribution", "int_touches", "export_genesys_attribution"} <= models
    by_session: dict[str, str] = {}
    for row in walk.sent[1]:
        word = row["sql"].lstrip().lower().split()[0].rstrip(";")
        if word in ("begin", "commit", "rollback"):
            by_session[row["session"]] = word
    assert by_session and "begin" not in by_session.values()


def test_what_grows_is_read_for_the_people_concerned(walk: Walk) -> None:
    assert len(whole_scans([row["sql"] for row in walk.sent[0]])) > len(SCANS_WITH_REASON)
    assert whole_scans([row["sql"] for row in walk.sent[1]]) == set(SCANS_WITH_REASON)


def test_no_statement_failed(walk: Walk) -> None:
    assert [row["error"] for row in walk.sent[0] + walk.sent[1] if row["error"]] == []
