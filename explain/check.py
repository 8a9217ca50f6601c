"""The marts' numbers of a conversion held against a recomputation from what was loaded."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from common.dbt_vars import brought
from common.warehouse import Warehouse
from explain import loaded, recompute
from explain.lookup import tables
from explain.models import MODELS

NEEDED = {
    "intermediate.int_touches",
    "intermediate.int_conversions",
    "seeds.channel_weights",
}
# Credits are doubles in the warehouse; what is recomputed is exact.
CREDIT_TOLERANCE = Decimal("1e-11")
# From ten million on, the error of a double in the credit can move a cent from one touch to another.
LARGE_VALUE = Decimal("1e7")


def check(warehouse: Warehouse, conversion_id: str, variables: dict[str, Any]) -> dict[str, Any]:
    """``{agrees, differences, note}``: whether the marts say what the rules give, and each number that is not so.

    A difference is ``{conversion_id, touch_id, model, what, marts, recomputed}``; touch and model are None where the
    conversion as a whole differs. ``agrees`` is None, and ``note`` says why, where it can't be recomputed here.
    """
    missing = NEEDED - tables(warehouse)
    if missing:
        note = f"Not recomputed: this warehouse has no {', '.join(sorted(missing))}."
        return {"agrees": None, "differences": [], "note": note}
    differences = [
        {"conversion_id": conversion_id, **difference}
        for difference in _differences(warehouse, conversion_id, variables)
    ]
    note = None
    if differences and _loaded_since(warehouse, variables):
        note = "Data was loaded after the last finished build: run `dbt build`, and see whether they still differ."
    return {"agrees": not differences, "differences": differences, "note": note}


def in_words(difference: dict[str, Any]) -> str:
    """One difference as a sentence."""
    where = f"touch {difference['touch_id']}, " if difference["touch_id"] else ""
    model = f"{difference['model']} " if difference["model"] else ""
    return (
        f"Conversion {difference['conversion_id']}, {where}{model}{difference['what']}: "
        f"{difference['marts']} in the marts, {difference['recomputed']} recomputed."
    )


def _differences(warehouse: Warehouse, conversion_id: str, variables: dict[str, Any]) -> Iterator[dict[str, Any]]:
    marts = warehouse.query("select * from marts.fct_conversions where conversion_id = ?", [conversion_id])[0]
    conversion = loaded.conversion(warehouse, conversion_id, marts["source"], variables)
    if conversion is None:
        yield _difference("conversion", "there", "not among what was loaded")
        return
    persons = warehouse.query(
        "select person_id, person_key from intermediate.int_conversions where conversion_id = ?", [conversion_id]
    )
    person = persons[0] if persons else {"person_id": "", "person_key": None}
    journey = recompute.journey(conversion, loaded.touches(warehouse, person["person_id"], variables), variables)
    for what, found, wanted in (
        ("person_key", marts["person_key"], person["person_key"]),
        ("converted_at", marts["converted_at"], conversion.converted_at),
        ("conversion_value_reporting", marts["conversion_value_reporting"], conversion.value),
        ("touch_count", marts["touch_count"], len(journey)),
        ("last_touch_at", marts["last_touch_at"], journey[-1].touch.touched_at if journey else None),
    ):
        if found != wanted:
            yield _difference(what, found, wanted)
    rows = {
        row["touch_id"]: row
        for row in warehouse.query("select * from marts.fct_attribution where conversion_id = ?", [conversion_id])
    }
    for touch_id in sorted(rows.keys() - {credited.touch.touch_id for credited in journey}):
        yield _difference("credit", "has some", "does not qualify", touch_id)
    for credited in journey:
        if credited.touch.touch_id in rows:
            yield from _of_touch(rows[credited.touch.touch_id], credited, marts["conversion_value_reporting"])
        else:
            yield _difference("credit", "has none", "qualifies", credited.touch.touch_id)
    yield from _single_win(warehouse, conversion_id, journey)


def _of_touch(row: dict[str, Any], credited: recompute.Credited, value: Decimal | None) -> Iterator[dict[str, Any]]:
    touch_id = credited.touch.touch_id
    for what, found, wanted in (
        ("position", row["position"], credited.position),
        ("touched_at", row["touched_at"], credited.touch.touched_at),
        ("channel_weight", Decimal(str(row["channel_weight"])), credited.touch.channel_weight),
    ):
        if found != wanted:
            yield _difference(what, found, wanted, touch_id)
    if abs(Decimal(row["hours_to_conversion"]) * 3600 - credited.seconds) > Decimal("1e-3"):
        yield _difference("hours_to_conversion", row["hours_to_conversion"], credited.seconds / 3600, touch_id)
    slack = Decimal(0)
    if value is not None and abs(value) >= LARGE_VALUE:
        slack = Decimal("0.01") + abs(value) * Decimal("1e-15")
    for model in MODELS:
        found, wanted = row[f"{model}_credit"], credited.credits[model]
        if found is None or not math.isfinite(found) or abs(Decimal(found) - wanted) > CREDIT_TOLERANCE:
            yield _difference("credit", found, float(wanted), touch_id, model)
        amount, expected = row[f"{model}_value"], credited.values[model]
        if (amount is None) != (expected is None) or (amount is not None and abs(amount - expected) > slack):
            yield _difference("value", amount, expected, touch_id, model)


def _single_win(
    warehouse: Warehouse, conversion_id: str, journey: list[recompute.Credited]
) -> Iterator[dict[str, Any]]:
    rows = warehouse.query("select winning_touch_id from marts.fct_single_win where conversion_id = ?", [conversion_id])
    found = ", ".join(sorted(row["winning_touch_id"] for row in rows)) or None
    wanted = next((each.touch.touch_id for each in journey if each.credits["single_win"] == 1), None)
    if found != wanted:
        yield _difference("winning_touch_id", found, wanted)


def _difference(
    what: str, marts: Any, recomputed: Any, touch_id: str | None = None, model: str | None = None
) -> dict[str, Any]:
    return {"touch_id": touch_id, "model": model, "what": what, "marts": marts, "recomputed": recomputed}


def _loaded_since(warehouse: Warehouse, variables: dict[str, Any]) -> bool:
    """Whether a source's last load ended after the last finished build."""
    built = warehouse.query("select max(finished_at) as finished_at from build_log.builds")[0]["finished_at"]
    schemas = {source: f"raw_{source}" for source in variables["sources"]} | brought(variables)
    for schema in (schemas[source] for source in variables["sources"]):
        if warehouse.exists(schema, "completed_loads"):
            rows = warehouse.query(f"select max(loaded_at) as loaded_at from {schema}.completed_loads")
            if rows[0]["loaded_at"] is not None and _utc(rows[0]["loaded_at"]) > built:
                return True
    return False


def _utc(instant: datetime) -> datetime:
    return instant if instant.tzinfo is None else instant.astimezone(UTC).replace(tzinfo=None)
