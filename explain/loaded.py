"""A conversion and its person's touches as they were loaded: what the recomputation starts from.

Instants and values come from the staging views over raw, those of Dynamics 365 from raw itself; who is whose touch, the
channel and whether somebody answered come from the intermediate tables, weights from the seed.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from common.warehouse import Warehouse
from explain import dynamics
from explain.local_days import end_of_day, start_of_day
from explain.recompute import Conversion, Touch

OF_THE_PERSON = "(select touch_id from intermediate.int_touches where person_id = ?)"

# By source: touch_id, started_at, started_on, ended_at, ended_on of one person's touches (the person is named once
# for each ?). Dynamics 365 is read in explain.dynamics; another source is read from the intermediate tables.
TOUCHES = {
    "genesys": f"""
        select conversation_id as touch_id, started_at, null as started_on, ended_at, null as ended_on
        from staging.stg_genesys__conversations
        where conversation_id in {OF_THE_PERSON}
    """,
    "salesforce": f"""
        select
            task_id as touch_id, coalesce(completed_at, created_at) as started_at, cast(null as date) as started_on,
            coalesce(completed_at, created_at) as ended_at, cast(null as date) as ended_on
        from staging.stg_salesforce__tasks
        where not is_deleted and task_id in {OF_THE_PERSON}
        union all
        select campaign_member_id, null, first_responded_on, null, first_responded_on
        from staging.stg_salesforce__campaign_members
        where not is_deleted and campaign_member_id in {OF_THE_PERSON}
    """,
    "files": f"""
        select touch_id, started_at, started_on, touched_at as ended_at, touched_on as ended_on
        from staging.stg_files__touches
        where not is_deleted and touch_id in {OF_THE_PERSON}
    """,
}
# By source: converted_at, converted_on, conversion_value, currency, lead_created_at, lead_created_on of one conversion.
LEAD_CREATION = """
    (
        select survivors.created_at
        from intermediate.int_conversions as conversions
        inner join intermediate.int_crm_leads as leads on conversions.given_lead_id = leads.lead_id
        inner join staging.stg_salesforce__leads as survivors on leads.surviving_lead_id = survivors.lead_id
        where conversions.conversion_id = ?
    ) as lead_created_at,
    null as lead_created_on
"""
CONVERSIONS = {
    "salesforce": f"""
        select converted_at, closed_on as converted_on, conversion_value, currency, {LEAD_CREATION}
        from staging.stg_salesforce__opportunities
        where opportunity_id = ?
        union all
        select converted_at, converted_on, {{lead_value}} as conversion_value, currency, {LEAD_CREATION}
        from staging.stg_salesforce__leads
        where lead_id = ?
    """,
    "files": """
        select converted_at, converted_on, conversion_value, currency, lead_created_at, lead_created_on
        from staging.stg_files__conversions
        where conversion_id = ? and not is_deleted
    """,
}
INTERMEDIATE = """
    select converted_at, null as converted_on, conversion_value, currency, lead_created_at, null as lead_created_on
    from intermediate.int_conversions
    where conversion_id = ?
"""


def conversion(warehouse: Warehouse, conversion_id: str, source: str, variables: dict[str, Any]) -> Conversion | None:
    """The conversion as it was loaded; None where it is not there (any more)."""
    if source == "dynamics":
        row = _of_dynamics(warehouse, conversion_id, variables)
    else:
        row = _of_staging(warehouse, conversion_id, source, variables)
    if row is None:
        return None
    zone = variables["crm_timezone"]
    if row["converted_at"] is None and warehouse.exists("intermediate", "int_webhook_matches"):
        told = warehouse.query(
            "select converted_at from intermediate.int_webhook_matches where conversion_id = ?", [conversion_id]
        )
        row["converted_at"] = told[0]["converted_at"] if told else None
    convention = end_of_day if variables["date_only_convention"] == "end_of_day" else start_of_day
    if row["converted_at"] is None and row["converted_on"] is None:
        return None
    return Conversion(
        conversion_id,
        row["converted_at"] or convention(row["converted_on"], zone),
        _in_reporting_currency(warehouse, row, variables),
        row["lead_created_at"] or _start(row["lead_created_on"], zone),
    )


def _of_dynamics(warehouse: Warehouse, conversion_id: str, variables: dict[str, Any]) -> dict[str, Any] | None:
    row = dynamics.conversion(warehouse, conversion_id, variables)
    leads = warehouse.query(
        "select given_lead_id from intermediate.int_conversions where conversion_id = ?", [conversion_id]
    )
    created_at = dynamics.lead_created_at(warehouse, leads[0]["given_lead_id"] if leads else None)
    return None if row is None else {**row, "lead_created_at": created_at, "lead_created_on": None}


def _of_staging(
    warehouse: Warehouse, conversion_id: str, source: str, variables: dict[str, Any]
) -> dict[str, Any] | None:
    sql = CONVERSIONS.get(source, INTERMEDIATE)
    # A converted lead beside opportunities has no value; the field is read only where leads are the conversions.
    sql = sql.format(
        lead_value="conversion_value"
        if variables["salesforce_conversion_source"] == "lead"
        else "cast(null as decimal(18, 4))"
    )
    return next(iter(warehouse.query(sql, [conversion_id] * sql.count("?"))), None)


def touches(warehouse: Warehouse, person_id: str, variables: dict[str, Any]) -> list[Touch]:
    """All touches of a person that were loaded, whether they qualify or not."""
    weights = {
        row["channel"]: Decimal(str(row["weight"]))
        for row in warehouse.query("select channel, weight from seeds.channel_weights")
    }
    known = {
        row["touch_id"]: row
        for row in warehouse.query(
            """select touches.touch_id, touches.source, touches.channel, touches.is_connected, touches.touched_at
               from intermediate.int_touches as touches
               where touches.person_id = ?""",
            [person_id],
        )
    }
    sources = {row["source"] for row in known.values()}
    loaded = {
        source: warehouse.query(sql, [person_id] * sql.count("?"))
        for source, sql in TOUCHES.items()
        if source in sources
    }
    if "dynamics" in sources:
        loaded["dynamics"] = dynamics.touches(warehouse, person_id, variables)
    instants = {id: row["touched_at"] for id, row in known.items() if row["source"] not in loaded}
    for source, rows in loaded.items():
        for row in rows:
            # One id in two sources is the touch of one of them.
            if known[row["touch_id"]]["source"] == source:
                instants[row["touch_id"]] = _touched_at(row, variables)
    return [
        Touch(id, instant, weights.get(known[id]["channel"], Decimal(1)), bool(known[id]["is_connected"]))
        for id, instant in sorted(instants.items())
    ]


def _touched_at(row: dict[str, Any], variables: dict[str, Any]) -> datetime:
    """The instant that ``touch_anchor`` names; a touch without a start began when it ended."""
    zone = variables["crm_timezone"]
    ended = row["ended_at"] or _start(row["ended_on"], zone)
    if variables["touch_anchor"] == "start":
        return row["started_at"] or _start(row["started_on"], zone) or ended
    return ended


def _start(day: date | None, zone: str) -> datetime | None:
    return None if day is None else start_of_day(day, zone)


def _in_reporting_currency(warehouse: Warehouse, row: dict[str, Any], variables: dict[str, Any]) -> Decimal | None:
    """The value to the cent, by the rate of the conversion's day; None without a value or a rate."""
    if row["conversion_value"] is None:
        return None
    value, rate = Decimal(row["conversion_value"]), Decimal(1)
    if (row["currency"] or variables["reporting_currency"]) != variables["reporting_currency"]:
        day = row["converted_at"].date() if row["converted_at"] else row["converted_on"]
        rates = warehouse.query(
            "select rate from intermediate.int_exchange_rates where currency = ? and rate_date = ?",
            [row["currency"], day],
        )
        if not rates:
            return None
        rate = Decimal(rates[0]["rate"])
    return (value * rate).quantize(Decimal("0.01"), ROUND_HALF_UP)
