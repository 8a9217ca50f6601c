"""The dbt-labs attribution playbook, loaded from files: our credit is the credit it publishes, row by row."""

from __future__ import annotations

import csv
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

PLAYBOOK = Path(__file__).parent.parent / "fixtures" / "attribution_playbook"
# Its window is 30 days, its instants are whole seconds, and a session stands at its start.
SETTINGS = {"lookback_window_days": 30, "timestamp_granularity": "second", "touch_anchor": "start"}


def rows_of(name: str) -> list[dict[str, str]]:
    with (PLAYBOOK / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def credit(files_warehouse: Callable) -> dict[tuple[str, str], dict[str, Any]]:
    """fct_attribution by (session, customer)."""
    warehouse = files_warehouse()
    warehouse.load(
        touches=[
            {
                "touch_id": session["session_id"],
                "lead_id": session["customer_id"],
                "started_at": session["started_at"],
                "touched_at": session["ended_at"],
                "channel": session["utm_medium"] or "direct",
                "campaign_id": session["utm_campaign"],
            }
            for session in rows_of("sessions.csv")
        ],
        conversions=[
            {
                "conversion_id": conversion["customer_id"],
                "lead_id": conversion["customer_id"],
                "converted_at": conversion["converted_at"],
                "conversion_value": conversion["revenue"],
            }
            for conversion in rows_of("customer_conversions.csv")
        ],
        costs=[
            {
                "campaign_id": spend["utm_campaign"],
                "cost_date": spend["date_day"],
                "channel": spend["utm_medium"],
                "cost": spend["spend"],
            }
            for spend in rows_of("ad_spend.csv")
        ],
    )
    warehouse.dbt("build", "--exclude-resource-type", "test", "--exclude-resource-type", "unit_test", **SETTINGS)
    return {(row["touch_id"], row["conversion_id"]): row for row in warehouse.query("from marts.fct_attribution")}


def test_its_39_rows_come_out_as_published(credit: dict[tuple[str, str], dict[str, Any]]) -> None:
    expected = rows_of("expected.csv")
    assert len(expected) == 39
    assert set(credit) == {(row["session_id"], row["customer_id"]) for row in expected}
    for row in expected:
        ours = credit[row["session_id"], row["customer_id"]]
        assert ours["touched_at"] == datetime.fromisoformat(row["started_at"])
        assert ours["converted_at"] == datetime.fromisoformat(row["converted_at"])
        assert ours["campaign_id"] == (row["utm_campaign"] or "(untagged)")
        assert (ours["position"], ours["journey_length"]) == (int(row["i"]), int(row["n"]))
        for model in ("first_touch", "last_touch", "linear", "position_based"):
            assert ours[f"{model}_credit"] == pytest.approx(float(row[model]), abs=1e-9), row
