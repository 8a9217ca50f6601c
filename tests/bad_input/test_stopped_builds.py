"""What stops `dbt build` by itself: a sentence on what is wrong, and marts that are as they were."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from subprocess import PIPE
from typing import Any

import duckdb
import pytest

from common.settings import PROJECT_DIR
from ingestion.files import load_files

HOLD = "import duckdb, sys; c = duckdb.connect(sys.argv[1]); print('open', flush=True); sys.stdin.read()"
FILES = {"sources": ["files"]}
WITHOUT_TESTS = ("--exclude-resource-type", "test", "--exclude-resource-type", "unit_test")
TOUCHES = """touch_id,touched_at,channel,lead_id,campaign_id
t1,2026-06-01T10:00:00Z,email,L-1,C-1
t2,2026-06-02T10:00:00Z,sms,L-1,C-1
"""
CONVERSIONS = "conversion_id,converted_at,lead_id,conversion_value\nc1,2026-06-05T10:00:00Z,L-1,10\n"

Rows = dict[str, list[tuple[Any, ...]]]


@pytest.fixture(scope="module")
def warehouse(dbt_here: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A warehouse with two files, built; only `files` was ever loaded."""
    folder = tmp_path_factory.mktemp("stopped")
    path = folder / "warehouse.duckdb"
    (folder / "t.csv").write_text(TOUCHES)
    (folder / "c.csv").write_text(CONVERSIONS)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ATTRIBUTION_DUCKDB_PATH", str(path))
        load_files(touches=folder / "t.csv", conversions=folder / "c.csv")
    built = dbt_here("build", *WITHOUT_TESTS, warehouse=path, **FILES)
    assert built.code == 0, built.printed
    return path


@pytest.fixture
def unchanged(warehouse: Path) -> Iterator[None]:
    """The rows of all marts, reports and exports, and the log of builds, are after the test what they were before.

    But for the note that a build of everything is under way, which a refused seed leaves for the next build.
    """
    schemas = ("marts", "reports", "exports", "build_log")
    before = rows(warehouse, *schemas)
    assert before["marts.fct_attribution"]
    yield
    after = rows(warehouse, *schemas)
    assert {**after, "build_log.state": None} == {**before, "build_log.state": None}


def rows(warehouse: Path, *schemas: str) -> Rows:
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        names = connection.execute(
            "select table_schema || '.' || table_name from information_schema.tables"
            " where list_contains(?, table_schema) order by all",
            [schemas],
        ).fetchall()
        return {name: connection.execute(f"select * from {name} order by all").fetchall() for (name,) in names}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """The project with seeds of its own to spoil; everything else is the project's."""
    (tmp_path / "dbt_project.yml").symlink_to(PROJECT_DIR / "dbt_project.yml")
    return tmp_path


@pytest.fixture
def spoil(project: Path) -> Callable[..., None]:
    """``spoil(seed=text)``: the shipped seeds, with these in place of their own."""
    shutil.copytree(PROJECT_DIR / "seeds", project / "seeds")

    def write(**seeds: str) -> None:
        for name, text in seeds.items():
            (project / "seeds" / f"{name}.csv").write_text(text)

    return write


def test_seeds_with_impossible_figures(
    dbt_here: Any, warehouse: Path, unchanged: None, project: Path, spoil: Callable[..., None]
) -> None:
    spoil(
        channel_weights="channel,weight\nemail,1.0\nsms,-0.5\n",
        exchange_rates="rate_date,from_currency,to_currency,rate\n2026-01-01,EUR,USD,0\n",
    )
    answer = dbt_here("build", *WITHOUT_TESTS, warehouse=warehouse, project=project, **FILES)
    assert answer.code == 1
    said = " ".join(answer.printed.split())
    assert "seeds/channel_weights.csv gives the channel sms the weight -0.5. A weight is a number from 0 to" in said
    assert "seeds/exchange_rates.csv has a row that can't be: rate_date 2026-01-01, from_currency EUR" in said
    assert "It has a day, two currency codes in capitals, and a rate above 0." in said
    assert "Traceback" not in answer.printed


def set_weight(warehouse: Path, weight: str) -> None:
    with duckdb.connect(str(warehouse)) as connection:
        connection.execute(f"update seeds.channel_weights set weight = '{weight}' where channel = 'sms'")


def test_a_weight_that_is_no_figure_is_refused_too(
    dbt_here: Any, warehouse: Path, unchanged: None, project: Path, spoil: Callable[..., None]
) -> None:
    spoil()
    set_weight(warehouse, "nan")
    selected = ["--select", "int_channel_weights"]
    answer = dbt_here("run", *selected, warehouse=warehouse, project=project, **FILES)
    assert answer.code == 1
    assert "gives the channel sms the weight nan." in answer.printed.lower()
    set_weight(warehouse, "1")


def test_a_seed_with_an_empty_cost(
    dbt_here: Any, warehouse: Path, unchanged: None, project: Path, spoil: Callable[..., None]
) -> None:
    spoil(campaign_costs="campaign_id,cost_date,channel,cost,currency\nC-1,2026-06-01,,,USD\n")
    selected = ["--select", "campaign_costs", "int_campaign_costs"]
    answer = dbt_here("build", *selected, warehouse=warehouse, project=project, **FILES)
    assert answer.code == 1
    said = " ".join(answer.printed.split())
    assert (
        "seeds/campaign_costs.csv has a row that can't be: campaign_id C-1, cost_date 2026-06-01, cost (empty)" in said
    )
    assert "Traceback" not in answer.printed


def test_seeds_with_text_for_a_figure_are_named_by_line_and_column(
    dbt_here: Any, warehouse: Path, unchanged: None, project: Path, spoil: Callable[..., None]
) -> None:
    spoil(
        channel_weights="channel,weight\nsms,heavy\n",
        exchange_rates="rate_date,from_currency,to_currency,rate\nsoon,EUR,USD,1.1\n",
        campaign_costs='campaign_id,cost_date,channel,cost,currency\nC-1,2026-06-01,,"1,5",USD\n',
    )
    before = rows(warehouse, "seeds")
    answer = dbt_here("seed", warehouse=warehouse, project=project, **FILES)
    assert answer.code == 1
    for seed, column, found in (
        ("channel_weights", "weight", "heavy"),
        ("exchange_rates", "rate_date", "soon"),
        ("campaign_costs", "cost", "1,5"),
    ):
        said = answer.printed.partition(f"Runtime Error in seed {seed} (seeds/{seed}.csv)")[2]
        assert said.lstrip().startswith("Conversion Error: CSV Error on Line: 2")
        assert f'converting column "{column}". Could not convert string "{found}"' in said
    assert rows(warehouse, "seeds") == before
    assert "Traceback" not in answer.printed


def test_a_seed_whose_header_is_not_that_of_its_table_is_not_loaded(
    dbt_here: Any, warehouse: Path, unchanged: None, project: Path, spoil: Callable[..., None]
) -> None:
    spoil(
        campaign_aliases="campaign_id,outbound_campaign_id\nC-1,dialer-1\n",
        exchange_rates="rate_date,to_currency,from_currency,rate\n2026-01-01,USD,EUR,1.1\n",
        channel_weights="channel,factor\nemail,2\n",
    )
    before = rows(warehouse, "seeds")
    answer = dbt_here("build", *WITHOUT_TESTS, warehouse=warehouse, project=project, **FILES)
    assert answer.code == 1
    said = " ".join(answer.printed.split())
    after = rows(warehouse, "seeds")
    for seed, found, right in (
        ("campaign_aliases", "campaign_id,outbound_campaign_id", "outbound_campaign_id,campaign_id"),
        ("exchange_rates", "rate_date,to_currency,from_currency,rate", "rate_date,from_currency,to_currency,rate"),
        ("channel_weights", "channel,factor", "channel,weight"),
    ):
        assert f"The header of seeds/{seed}.csv is {found}, but its table has the columns {right} in" in said
        assert after[f"seeds.{seed}"] == before[f"seeds.{seed}"]
    assert "Traceback" not in answer.printed


def test_a_full_refresh_takes_the_order_of_the_file(
    dbt_here: Any, warehouse: Path, project: Path, spoil: Callable[..., None]
) -> None:
    spoil(campaign_aliases="campaign_id,outbound_campaign_id\nC-1,dialer-1\n")
    seed = ["seed", "--full-refresh", "--select", "campaign_aliases"]
    assert dbt_here(*seed, warehouse=warehouse, project=project, **FILES).code == 0
    with duckdb.connect(str(warehouse)) as connection:
        found = connection.execute("select outbound_campaign_id, campaign_id from seeds.campaign_aliases").fetchall()
        # As it is shipped, for the tests after this one.
        connection.execute(
            "create or replace table seeds.campaign_aliases (outbound_campaign_id varchar, campaign_id varchar)"
        )
    assert found == [("dialer-1", "C-1")]


def test_a_build_in_a_new_file_says_what_to_run_first(dbt_here: Any, tmp_path: Path) -> None:
    answer = dbt_here("build", warehouse=tmp_path / "warehouse.duckdb", **FILES)
    assert answer.code == 2
    assert "Run `attribution load files` first" in answer.printed
    assert "Traceback" not in answer.printed


def test_a_model_that_fails_leaves_what_was_there_and_the_next_build_replaces_it(
    dbt_here: Any, warehouse: Path, tmp_path: Path
) -> None:
    path = tmp_path / "warehouse.duckdb"
    shutil.copy(warehouse, path)
    selected = ["run", "--select", "dim_channels", "fct_touches"]
    with duckdb.connect(str(path)) as connection:
        connection.execute("update marts.dim_channels set channel_weight = 7")
        before = connection.execute("from marts.dim_channels order by all").fetchall()
        connection.execute("alter table intermediate.int_touches rename to away")
    assert dbt_here(*selected, warehouse=path, **FILES).code == 1
    with duckdb.connect(str(path)) as connection:
        connection.execute("alter table intermediate.away rename to int_touches")
        # What was a table is a view now, and the other way round.
        connection.execute("create table kept as from marts.fct_touches")
        connection.execute("drop view marts.fct_touches")
        connection.execute("alter table marts.dim_channels rename to before")
        assert connection.execute("from marts.before order by all").fetchall() == before
        connection.execute("create table marts.fct_touches as select 1 as nothing")
        connection.execute("create view marts.dim_channels as select 1 as nothing")
    answer = dbt_here(*selected, warehouse=path, **FILES)
    assert answer.code == 0, answer.printed
    with duckdb.connect(str(path)) as connection:
        kinds = connection.execute(
            "select table_name, table_type from information_schema.tables where table_schema = 'marts'"
        ).fetchall()
        assert {("dim_channels", "BASE TABLE"), ("fct_touches", "VIEW")} <= set(kinds)
        assert not [name for name, _ in kinds if "__dbt_" in name]
        weights = connection.execute("select channel, channel_weight from marts.dim_channels").fetchall()
        assert weights and 7 not in dict(weights).values()
        assert not connection.execute("from marts.fct_touches except from kept").fetchall()


def test_a_locked_file_is_named_with_who_holds_it(dbt_here: Any, warehouse: Path, unchanged: None) -> None:
    with subprocess.Popen([sys.executable, "-c", HOLD, str(warehouse)], stdin=PIPE, stdout=PIPE) as holder:
        assert holder.stdout is not None and holder.stdin is not None
        assert holder.stdout.readline() == b"open\n"
        answer = dbt_here("build", warehouse=warehouse, **FILES)
        holder.stdin.close()
    assert answer.code == 2
    first = answer.printed.partition("Encountered an error:")[2]
    assert f'Could not set lock on file "{warehouse}"' in first.partition("Traceback")[0]
    assert f"(PID {holder.pid})" in first.partition("Traceback")[0]


def test_a_file_that_is_not_duckdb_s_is_named_and_left_alone(dbt_here: Any, tmp_path: Path) -> None:
    warehouse = tmp_path / "warehouse.duckdb"
    warehouse.write_text("Once upon a time there was a file that was no database at all.\n" * 400)
    before = warehouse.read_bytes()
    answer = dbt_here("build", warehouse=warehouse, **FILES)
    assert answer.code == 2
    assert f'The file "{warehouse}" exists, but it is not a valid DuckDB database file' in answer.printed
    assert warehouse.read_bytes() == before


@pytest.mark.parametrize("command", [["build"], ["source", "freshness"]], ids=" ".join)
def test_a_build_of_what_was_never_loaded_says_what_to_run_first(
    dbt_here: Any, warehouse: Path, unchanged: None, command: list[str]
) -> None:
    answer = dbt_here(*command, warehouse=warehouse)
    assert answer.code == 2
    assert "Nothing of the source genesys and salesforce has been loaded into this warehouse." in answer.printed
    assert "Run `attribution load genesys salesforce` first" in answer.printed
    assert "Traceback" not in answer.printed


def test_an_impossible_var_stops_the_build(dbt_here: Any, warehouse: Path, unchanged: None) -> None:
    answer = dbt_here("build", warehouse=warehouse, decay_rate=-1, **FILES)
    assert answer.code == 2
    assert "The var decay_rate is -1. It may be a number from 0 to 1000000." in answer.printed
    assert "Traceback" not in answer.printed


def test_impossible_sources_stop_the_build_of_a_project_that_is_not_parsed_yet(
    dbt: Any, warehouse: Path, unchanged: None
) -> None:
    """In a process of its own: which sources there are is asked while dbt parses."""
    answer = dbt("build", "--vars", "{sources: 5}", warehouse=warehouse)
    assert answer.returncode == 2
    assert (
        "The var sources is 5. It may be a list of one or more of genesys, salesforce, dynamics, files, webhook"
    ) in answer.stdout
    assert "Traceback" not in answer.stdout
