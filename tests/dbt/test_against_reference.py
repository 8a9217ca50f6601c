"""Random journeys, built by the models and computed by the reference: every credit and every cent agree."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date
from decimal import Decimal
from typing import Any

import pytest
from journeys import make
from reference import Reference, share_out
from reference_facts import Conversion, Settings, Touch

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
WEIGHTS = {"outbound_call": Decimal("1.5"), "sms": Decimal("0.25"), "silent_channel": Decimal(0)}
RATES = {
    "EUR": [(date(2026, 1, 1), Decimal("1.083333")), (date(2026, 6, 5), Decimal("1.1"))],
    "GBP": [(date(2026, 6, 1), Decimal("1.271"))],
}
# Each row: dbt vars, and the same as the reference takes it.
VARIANTS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "defaults": ({}, {}),
    "local days, hours, first touch": (
        {
            "crm_timezone": "America/New_York",
            "date_only_convention": "start_of_day",
            "timestamp_granularity": "hour",
            "decay_time_unit": "hour",
            "decay_rate": 0.003,
            "lookback_window_days": 30,
            "single_win_criterion": "first_touch",
            "position_based_weights": [0.5, 0.2, 0.3],
            "touch_anchor": "start",
        },
        {
            "zone": "America/New_York",
            "convention": "start_of_day",
            "granularity": "hour",
            "unit": "hour",
            "decay_rate": Decimal("0.003"),
            "lookback_days": 30,
            "criterion": "first_touch",
            "position_weights": (Decimal("0.5"), Decimal("0.2"), Decimal("0.3")),
            "anchor": "start",
        },
    ),
    "days, half-life of a week, highest weight": (
        {
            "crm_timezone": "America/New_York",
            "timestamp_granularity": "day",
            "decay_time_unit": "week",
            "decay_half_life": 1,
            "single_win_criterion": "highest_weighted",
        },
        {
            "zone": "America/New_York",
            "granularity": "day",
            "unit": "week",
            "half_life": Decimal(1),
            "criterion": "highest_weighted",
        },
    ),
    "seconds, steep decay": (
        {"timestamp_granularity": "second", "decay_time_unit": "hour", "decay_rate": 50},
        {"granularity": "second", "unit": "hour", "decay_rate": Decimal(50)},
    ),
}


@pytest.fixture(scope="module")
def records() -> tuple[list[Touch], list[Conversion]]:
    touches, conversions = make(seed=20260615, people=400)
    assert len(touches) > 1000 and len(conversions) > 300
    return touches, conversions


@pytest.fixture(scope="module")
def warehouse(files_warehouse: Callable, records: tuple[list[Touch], list[Conversion]]) -> Any:
    """The records loaded from CSV, with weights and rates in the seeds' tables."""
    warehouse = files_warehouse()
    touches, conversions = records
    warehouse.load(
        touches=[
            {
                "touch_id": t.id,
                "touched_at": t.at.isoformat(),
                "started_at": t.started.isoformat() if t.started else "",
                "channel": t.channel,
                "campaign_id": t.campaign,
                **contact(t),
            }
            for t in touches
        ],
        conversions=[
            {
                "conversion_id": c.id,
                "converted_at": c.at.isoformat(),
                "conversion_value": c.value,
                "currency": c.currency,
                "lead_created_at": c.lead_created.isoformat() if c.lead_created else "",
                **contact(c),
            }
            for c in conversions
        ],
    )
    warehouse.dbt("seed")
    warehouse.execute("delete from seeds.channel_weights")
    for channel, weight in WEIGHTS.items():
        warehouse.execute(f"insert into seeds.channel_weights values ('{channel}', {weight})")
    for currency, rates in RATES.items():
        for day, rate in rates:
            warehouse.execute(f"insert into seeds.exchange_rates values ('{day}', '{currency}', 'USD', {rate})")
    return warehouse


def contact(record: Touch | Conversion) -> dict[str, str | None]:
    return {"lead_id": record.lead, "phone": record.phone, "email": record.email}


@pytest.mark.parametrize("variant", VARIANTS)
def test_models_agree_with_the_reference(
    warehouse: Any, records: tuple[list[Touch], list[Conversion]], variant: str
) -> None:
    variables, settings = VARIANTS[variant]
    reference = Reference(*records, Settings(**settings, weights=WEIGHTS, rates=RATES))
    warehouse.dbt("run", "--select", "+fct_attribution", "+fct_conversions", "+fct_touches", **variables)

    matches = {row["touch_id"]: row for row in warehouse.query("from marts.fct_touches")}
    assert {t.id: reference.person[t.id][2] for t in reference.touches} == {
        id: row["identity_match"] for id, row in matches.items()
    }
    assert {t.id: reference.touched_at[t.id] for t in reference.touches} == {
        id: row["touched_at"].replace(tzinfo=UTC) for id, row in matches.items()
    }
    rows: dict[str, list[dict[str, Any]]] = {}
    for row in warehouse.query("from marts.fct_attribution order by conversion_id, position"):
        rows.setdefault(row["conversion_id"], []).append(row)
    credited = 0
    for found in warehouse.query("from marts.fct_conversions"):
        conversion = next(c for c in reference.conversions if c.id == found["conversion_id"])
        assert found["converted_at"].replace(tzinfo=UTC) == reference.converted_at[conversion.id]
        value = reference.value_reporting(conversion)
        assert found["conversion_value_reporting"] == value, conversion
        journey = reference.journey(conversion)
        built = rows.get(conversion.id, [])
        assert [row["touch_id"] for row in built] == [touch.id for touch in journey], conversion
        assert found["touch_count"] == len(journey)
        credited += len(journey)
        for model, credits in reference.credits(conversion).items():
            assert [row[f"{model}_credit"] for row in built] == pytest.approx(
                [float(credit) for credit in credits], abs=1e-12
            ), (conversion, model)
            values = [row[f"{model}_value"] for row in built]
            assert values == ([None] * len(built) if value is None else share_out(value, credits)), (conversion, model)
    assert credited == len(warehouse.query("from marts.fct_attribution")) > 500
    assert len(warehouse.query("select distinct person_key from marts.fct_conversions")) > 200


def test_same_input_gives_the_same_rows_bit_for_bit_in_any_order(
    files_warehouse: Callable, records: tuple[list[Touch], list[Conversion]]
) -> None:
    touches = [
        {"touch_id": t.id, "touched_at": t.at.isoformat(), "channel": t.channel, **contact(t)} for t in records[0]
    ]
    conversions = [
        {"conversion_id": c.id, "converted_at": c.at.isoformat(), "conversion_value": c.value, **contact(c)}
        for c in records[1]
    ]
    tables = {}
    for order in (1, -1):
        warehouse = files_warehouse()
        half = len(touches) // 2
        for part in (touches[:half][::order], touches[half:][::order])[::order]:
            warehouse.load(touches=part, conversions=conversions[::order])
        warehouse.dbt("build", "--exclude-resource-type", "test", "--exclude-resource-type", "unit_test")
        tables[order] = [
            warehouse.query(f"from {table} order by all")
            for table in (
                "marts.fct_attribution",
                "reports.rpt_campaign_roi",
                "reports.rpt_conversion_paths",
                "reports.rpt_campaign_touch_sequence",
                "reports.rpt_agent_credit",
            )
        ]
    assert tables[1] == tables[-1]
    assert all(tables[1])
