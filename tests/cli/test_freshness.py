"""The gate between load and build: a source whose last good load is too old stops the run."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import duckdb
import pytest

from cli import freshness
from common.dbt_vars import dbt_vars
from common.errors import AttributionError


@pytest.fixture
def loaded(tmp_path, monkeypatch):
    """Writes a completed load of a source, so many hours ago."""
    path = tmp_path / "w.duckdb"
    monkeypatch.setenv("ATTRIBUTION_DUCKDB_PATH", str(path))

    def load(source: str, hours_ago: float) -> None:
        with duckdb.connect(str(path)) as connection:
            connection.execute(f"create schema if not exists raw_{source}")
            connection.execute(f"create table if not exists raw_{source}.completed_loads (loaded_at timestamptz)")
            connection.execute(
                f"insert into raw_{source}.completed_loads values (?)",
                [datetime.now(UTC) - timedelta(hours=hours_ago)],
            )

    return load


def test_sources_that_are_fresh_pass(loaded):
    loaded("genesys", 300)
    loaded("genesys", 47)
    loaded("salesforce", 1)
    freshness.gate(dbt_vars())


def test_a_source_that_is_late_stops_the_run_and_is_named(loaded):
    loaded("genesys", 1)
    loaded("salesforce", 49)
    with pytest.raises(
        AttributionError, match=r"salesforce was last loaded 49 hours ago; 48 hours are allowed"
    ) as late:
        freshness.gate(dbt_vars())
    assert "attribution load salesforce" in late.value.remedy


def test_a_source_never_loaded_stops_the_run(loaded):
    loaded("genesys", 1)
    with pytest.raises(AttributionError, match="salesforce was never loaded"):
        freshness.gate(dbt_vars())


def test_all_that_are_late_are_named_at_once(loaded):
    loaded("genesys", 100)
    loaded("salesforce", 49)
    with pytest.raises(AttributionError) as late:
        freshness.gate(dbt_vars())
    assert "genesys was last loaded 4 days ago" in late.value.message
    assert "attribution load genesys salesforce" in late.value.remedy


def test_where_the_var_says_warn_a_late_source_is_told_and_stops_nothing(loaded):
    loaded("genesys", 1)
    loaded("salesforce", 49)
    loads = freshness.gate(dbt_vars({"late_source": "warn"}))
    assert [freshness.words(load) for load in loads] == [
        "genesys was last loaded 60 minutes ago",
        "salesforce was last loaded 49 hours ago; 48 hours are allowed",
    ]


@pytest.mark.parametrize("value", ["error", None, True])
def test_a_late_source_stops_or_warns_and_nothing_else(value):
    with pytest.raises(AttributionError, match="late_source"):
        freshness.late_source({"late_source": value})


def test_how_old_is_too_old_is_a_var(loaded):
    loaded("genesys", 3)
    freshness.gate(dbt_vars({"sources": ["genesys"]}))
    with pytest.raises(AttributionError, match="2 hours are allowed"):
        freshness.gate(dbt_vars({"sources": ["genesys"], "freshness_error_hours": 2}))


@pytest.mark.parametrize("hours", [0, -1, "two days", None, True])
def test_an_impossible_age_is_refused(hours):
    with pytest.raises(AttributionError, match="freshness_error_hours"):
        freshness.error_hours({"freshness_error_hours": hours})
