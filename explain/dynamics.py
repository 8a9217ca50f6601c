"""What Dataverse sent of one conversion, or of one person's touches: raw rows alone, read by rules stated here anew.

Which touches are whose, which lead a conversion is of and what a currency is worth are for the caller to know.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from common.warehouse import Warehouse

# Dataverse takes no row away: it said that this one was deleted, or a full read since then did not see it.
STILL_THERE = """
    not exists (
        select 1 from raw_dynamics.deleted_record as deleted
        where deleted.table_name = '{table}' and deleted.record_id = found.id and deleted.read_at >= found.read_at
    )
    and not exists (
        select 1 from raw_dynamics.full_read as complete
        where complete.table_name = '{table}' and complete.read_at > found.read_at
    )
"""
# By raw table: which rows touch somebody, and when. A response is of a day, which comes as a day or as an instant.
TOUCHES = {
    "email": ("directioncode and statecode = 1", "coalesce(senton, actualend, createdon)", "null", "null"),
    "campaign_response": ("statecode <> 2", "createdon", "receivedon", "receivedon_instant"),
    "phone_call": ("directioncode and statecode = 1", "coalesce(actualend, createdon)", "null", "null"),
}
# A currency may be missing; a code is written in any case.
CURRENCY = "(select max(isocurrencycode) from raw_dynamics.transaction_currency as each where each.id = {})"
OPPORTUNITY = f"""
    select conversion_time, actualclosedate, actualclosedate_instant, conversion_value, estimatedvalue,
        {CURRENCY.format("found.transactioncurrencyid")} as currency
    from raw_dynamics.opportunity as found
    where id = ? and statecode = 1 and {STILL_THERE.format(table="opportunity")}
"""
LEAD = f"""
    select conversion_time, conversion_value, {CURRENCY.format("found.transactioncurrencyid")} as currency,
        (select min(createdon) from raw_dynamics.contact as made where originatingleadid = found.id) as qualified_at
    from raw_dynamics.lead as found
    where id = ? and statecode = 1
"""


def conversion(warehouse: Warehouse, conversion_id: str, variables: dict[str, Any]) -> dict[str, Any] | None:
    """converted_at, converted_on, conversion_value and currency of a won opportunity or a qualified lead, or None."""
    of_leads = variables["dynamics_conversion_source"] == "lead"
    if not of_leads and (rows := warehouse.query(OPPORTUNITY, [conversion_id])):
        row = rows[0]
        value = row["conversion_value"]
        if value is None and variables["dynamics_value_field"] == "actualvalue":
            value = row["estimatedvalue"]
        return {
            "converted_at": _utc(row["conversion_time"]),
            "converted_on": row["actualclosedate"] or _day(row["actualclosedate_instant"], variables),
            "conversion_value": value,
            "currency": _currency(row["currency"]),
        }
    for row in warehouse.query(LEAD, [conversion_id]):
        return {
            "converted_at": _utc(row["conversion_time"]) or _utc(row["qualified_at"]),
            "converted_on": None,
            # Beside opportunities a lead has no value.
            "conversion_value": row["conversion_value"] if of_leads else None,
            "currency": _currency(row["currency"]) if of_leads else None,
        }
    return None


def lead_created_at(warehouse: Warehouse, lead_id: str | None) -> datetime | None:
    """When the lead of this number or GUID was made; of two with one number the first."""
    rows = warehouse.query(
        "select createdon from raw_dynamics.lead where masterid is null and (id = ? or trim(lead_key) = ?)",
        [lead_id, lead_id],
    )
    return min((made for row in rows if (made := _utc(row["createdon"]))), default=None)


def touches(warehouse: Warehouse, person_id: str, variables: dict[str, Any]) -> list[dict[str, Any]]:
    """touch_id and when it started and ended, as an instant or a day, of the person's touches that were loaded."""
    kinds = [table for table in TOUCHES if table != "phone_call" or variables["dynamics_phone_calls_are_touches"]]
    found = []
    for table in kinds:
        condition, at, day, instant_of_day = TOUCHES[table]
        # Of an activity with several people each but the first has the person behind its id.
        for row in warehouse.query(
            f"""
            select touches.touch_id, {at} as at_instant, {day} as on_day, {instant_of_day} as instant_of_day
            from raw_dynamics.{table} as found
            inner join intermediate.int_touches as touches on found.id = split_part(touches.touch_id, '/', 1)
            where touches.person_id = ? and {condition} and {STILL_THERE.format(table=table)}
            """,
            [person_id],
        ):
            on = row["on_day"] or _day(row["instant_of_day"], variables)
            when = None if on else _utc(row["at_instant"])
            found.append(
                {"touch_id": row["touch_id"], "started_at": when, "started_on": on, "ended_at": when, "ended_on": on}
            )
    return found


def _utc(instant: datetime | None) -> datetime | None:
    """An instant with a zone as the marts have it: UTC, without one."""
    return None if instant is None else instant.astimezone(UTC).replace(tzinfo=None)


def _day(instant: datetime | None, variables: dict[str, Any]) -> date | None:
    """The day that the CRM's clocks showed."""
    return None if instant is None else instant.astimezone(ZoneInfo(variables["crm_timezone"])).date()


def _currency(code: str | None) -> str | None:
    return (code or "").strip().upper() or None
