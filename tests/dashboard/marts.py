"""Warehouses of marts made by hand: the tables are those of the models' contracts, the rows are the test's."""

from __future__ import annotations

import json
import random
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pyarrow
import yaml

from common.settings import PROJECT_DIR

MODELS = (
    ("first_touch", "First touch"),
    ("last_touch", "Last touch"),
    ("linear", "Linear"),
    ("position_based", "U-shaped"),
    ("w_shaped", "W-shaped"),
    ("time_decay", "Time decay"),
    ("channel_weighted_time_decay", "Channel-weighted time decay"),
    ("single_win", "Single win"),
)
EXPORTED = "channel_weighted_time_decay"
ZONE = "America/Los_Angeles"
CONTRACTS = (
    "fct_touches", "fct_conversions", "fct_attribution", "fct_single_win",
    "bridge_touch_agents", "bridge_touch_ivr_nodes",
    "dim_campaigns", "dim_agents", "dim_ivr_nodes", "dim_dispositions", "dim_attribution_models",
)  # fmt: skip
COSTS = "intermediate.int_campaign_costs_reporting"
CHANNELS = ("outbound_call", "email", "sms")


class Marts:
    """A DuckDB file with the tables that the dashboard reads, empty at first."""

    def __init__(self, path: Path, **variables: Any) -> None:
        self.path = path
        with self.connect() as connection:
            for schema in ("marts", "reports", "intermediate", "build_log"):
                connection.execute(f"create schema {schema}")
            for model in CONTRACTS:
                connection.execute(f"create table marts.{model} ({contract('marts', model)})")
            connection.execute(f"create table reports.rpt_data_quality ({contract('reports', 'rpt_data_quality')})")
            connection.execute(
                f"create table {COSTS} (campaign_id varchar, cost_date date, cost_reporting decimal(18, 4))"
            )
            connection.execute("create table build_log.builds (invocation_id text, finished_at timestamp, vars text)")
            kept = {"reporting_timezone": ZONE, "sources": ["files"], **variables}
            connection.execute(
                "insert into build_log.builds values ('1', timestamp '2026-06-15 08:00', ?)", [json.dumps(kept)]
            )
        self.add(
            "marts.dim_attribution_models",
            [
                {
                    "attribution_model": model, "display_order": place, "label": label, "description": label,
                    "is_exported": model == EXPORTED,
                }
                for place, (model, label) in enumerate(MODELS, start=1)
            ],
        )  # fmt: skip

    def connect(self, read_only: bool = False) -> duckdb.DuckDBPyConnection:
        return duckdb.connect(str(self.path), read_only=read_only)

    def add(self, table: str, rows: Sequence[dict[str, Any]]) -> None:
        """Insert rows; a column that no row names is null."""
        if rows:
            columns = list(rows[0])
            given = pyarrow.table({column: [row[column] for row in rows] for column in columns})
            with self.connect() as connection:
                connection.register("given", given)
                connection.execute(f"insert into {table} by name select * from given")

    def query(self, sql: str, parameters: Iterable[Any] = ()) -> list[tuple[Any, ...]]:
        with self.connect(read_only=True) as connection:
            return connection.execute(sql, list(parameters)).fetchall()


def contract(folder: str, model: str) -> str:
    """The columns of a model as its contract has them."""
    described = yaml.safe_load((PROJECT_DIR / "models" / folder / f"{model}.yml").read_text(encoding="utf-8"))
    return ", ".join(f"{column['name']} {column['data_type']}" for column in described["models"][0]["columns"])


def fill(
    marts: Marts,
    seed: int = 1,
    campaigns: Sequence[str] = ("Renewal Calls", "Win-back Calls", "Quote Reminder SMS"),
    conversions: int = 150,
    types: Sequence[str] = ("opportunity", "lead"),
    days: int = 120,
    names: Sequence[str] = ("Ada Greene", "Theo Ibrahim", "Zoe Bauer"),
) -> None:
    """Random journeys of 0 to 4 touches, with refunds, values that are not known, shared touches and costs."""
    dice = random.Random(seed)
    first = datetime(2026, 1, 1, tzinfo=UTC).replace(tzinfo=None)
    ids = [f"c{number}" for number in range(len(campaigns))]
    facts: dict[str, list[dict[str, Any]]] = {"conversions": [], "touches": [], "attribution": []}
    agents, nodes = [], []
    for number in range(conversions):
        length = dice.choice((0, 1, 1, 2, 3, 4))
        converted = first + timedelta(seconds=dice.randrange(days * 86400))
        value = None if dice.random() < 0.08 else Decimal(dice.randrange(-20_000, 300_000)) / 100
        facts["conversions"].append({
            "conversion_id": f"conversion-{number}", "source": "files", "person_key": f"person-{number}",
            "converted_at": converted, "is_date_only": False, "conversion_type": dice.choice(types),
            "conversion_number": 1, "conversion_value": value, "currency": "USD",
            "conversion_value_reporting": value, "touch_count": length,
        })  # fmt: skip
        hours = sorted((dice.uniform(0.2, 2400) for _ in range(length)), reverse=True)
        credits = {model: shares(dice, model, length) for model, _ in MODELS}
        values = {model: cents(value, credit) for model, credit in credits.items()}
        for place, before in enumerate(hours):
            touch = f"touch-{number}-{place}"
            campaign, sequence = dice.choice(ids), dice.choice((None, 1, 2, 3, 4, 14))
            touched, channel = converted - timedelta(hours=before), dice.choice(CHANNELS)
            facts["touches"].append({
                "touch_id": touch, "source": "files", "person_key": f"person-{number}", "campaign_id": campaign,
                "touch_sequence": sequence, "channel": channel, "started_at": touched, "touched_at": touched,
                "disposition_code": dice.choice((None, "sale", "no_answer")),
                "cost": dice.choice((None, Decimal("1.2345"))),
            })  # fmt: skip
            row = {
                "conversion_id": f"conversion-{number}", "touch_id": touch, "person_key": f"person-{number}",
                "converted_at": converted, "touched_at": touched, "campaign_id": campaign, "channel": channel,
                "touch_sequence": sequence, "position": place + 1, "journey_length": length,
                "hours_to_conversion": before, "channel_weight": 1.0,
            }  # fmt: skip
            for model, _ in MODELS:
                row[f"{model}_credit"], row[f"{model}_value"] = credits[model][place], values[model][place]
            facts["attribution"].append(row)
            agents += shared(dice, touch, "agent_id", [f"agent-{at}" for at in range(len(names))])
            nodes += shared(dice, touch, "ivr_node_id", ["flow-1", "flow-2"])
    for name, rows in facts.items():
        marts.add(f"marts.fct_{name}", rows)
    marts.add("marts.bridge_touch_agents", agents)
    marts.add("marts.bridge_touch_ivr_nodes", nodes)
    marts.add(
        "marts.dim_campaigns",
        [{"campaign_id": key, "campaign_name": name} for key, name in zip(ids, campaigns, strict=True)],
    )
    marts.add("marts.dim_agents", [{"agent_id": f"agent-{at}", "agent_name": name} for at, name in enumerate(names)])
    marts.add("marts.dim_dispositions", [{"disposition_code": "sale", "disposition_name": "Sale"}])
    marts.add(
        COSTS,
        [
            {
                "campaign_id": key,
                "cost_date": (first + timedelta(days=day)).date(),
                "cost_reporting": Decimal(dice.randrange(1, 900_000)) / 10_000,
            }
            for key in ids[: max(1, min(len(ids) - 1, 40))]
            for day in range(0, days, 3)
        ],
    )
    marts.add(
        "reports.rpt_data_quality",
        [
            {"finding": "refund", "source": "files", "record_id": str(at), "severity": "info",
             "value_at_stake": Decimal("-12.34")}
            for at in range(3)
        ],
    )  # fmt: skip


def shares(dice: random.Random, model: str, length: int) -> list[float]:
    """Credits that sum to 1; some models give some touches none."""
    if model in ("first_touch", "last_touch", "single_win") and length:
        winner = {"first_touch": 0, "last_touch": length - 1}.get(model, dice.randrange(length))
        return [float(place == winner) for place in range(length)]
    weights = [dice.uniform(0.01, 1) for _ in range(length)]
    return [weight / sum(weights) for weight in weights]


def cents(value: Decimal | None, credit: list[float]) -> list[Decimal | None]:
    """Whole cents that sum to the value."""
    if value is None:
        return [None] * len(credit)
    given = [Decimal(round(float(value) * 100 * share)) / 100 for share in credit]
    if given:
        given[-1] += value - sum(given)
    return given


def shared(dice: random.Random, touch: str, key: str, entities: Sequence[str]) -> list[dict[str, Any]]:
    """One or two of the entities, or (none), with shares that sum to 1."""
    chosen = dice.sample(entities, min(len(entities), dice.choice((0, 1, 2)))) or ["(none)"]
    part = dice.uniform(0.1, 0.9)
    parts = [1.0] if len(chosen) == 1 else [part, 1 - part]
    return [{"touch_id": touch, key: entity, "share": share} for entity, share in zip(chosen, parts, strict=True)]
