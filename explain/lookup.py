"""Finding what the user named: a conversion or a touch by its id, or the ids that come closest."""

from __future__ import annotations

from typing import Any

from common import settings
from common.dbt_vars import brought
from common.errors import AttributionError
from common.warehouse import Warehouse
from common.words import plural

MARTS = ("fct_conversions", "fct_attribution", "fct_touches", "fct_single_win")
# An id is close where no more than this part of its characters would have to be changed.
CLOSE = 1 / 3
# How an id that is none is told, by the reason that the intermediate tables keep.
SKIPPED = {
    "inbound_not_a_touch": "an inbound conversation without a campaign, which is no touch",
    "open_conversation": "a conversation that had not ended yet at the last load, so no touch so far",
}


def tables(warehouse: Warehouse) -> set[str]:
    """Every table and view as ``schema.table``, lower case."""
    return {
        row["name"]
        for row in warehouse.query(
            "select lower(table_schema) || '.' || lower(table_name) as name from information_schema.tables"
        )
    }


def require_marts(warehouse: Warehouse) -> None:
    """Raise AttributionError where nothing was built yet."""
    there = tables(warehouse)
    for table in MARTS:
        if f"marts.{table}" not in there:
            raise AttributionError(f"The warehouse has no marts.{table}.", "Run `dbt build` first.")


def conversion(warehouse: Warehouse, conversion_id: str, variables: dict[str, Any]) -> dict[str, Any]:
    """The conversion's row of the marts; an AttributionError says what comes closest where there is none.

    ``variables`` are the vars of the last build.
    """
    found = warehouse.query("select * from marts.fct_conversions where conversion_id = ?", [conversion_id])
    if not found and len(conversion_id) == 15:
        # Salesforce's pages show the id without its last three characters, which are a checksum.
        found = warehouse.query(
            "select * from marts.fct_conversions where left(conversion_id, 15) = ?", [conversion_id]
        )
    if len(found) == 1:
        return found[0]
    if warehouse.query("select 1 as found from marts.fct_touches where touch_id = ?", [conversion_id]):
        raise AttributionError(
            f"{conversion_id!r} is a touch, not a conversion.", f"Run `attribution explain --touch {conversion_id}`."
        )
    if _belongs_to_a_deleted_lead(warehouse, conversion_id):
        raise AttributionError(
            f"The conversion {conversion_id!r} belongs to a lead that was deleted in the CRM, so it counts no more.",
            "The finding deleted_lead in reports.rpt_data_quality lists such leads.",
        )
    _refuse_unread(warehouse, "conversion", conversion_id, variables)
    raise AttributionError(
        f"There is no conversion {conversion_id!r} in {_place()}.",
        _what_there_is(warehouse, "fct_conversions", "conversion_id", "converted_at", conversion_id)
        or "It holds no conversion at all: load a CRM or files, then run `dbt build`.",
    )


def touch(warehouse: Warehouse, touch_id: str, variables: dict[str, Any]) -> dict[str, Any]:
    """The touch's row of the marts; where there is none, an AttributionError as `conversion` has it."""
    found = warehouse.query("select * from marts.fct_touches where touch_id = ?", [touch_id])
    if found:
        return found[0]
    if warehouse.query("select 1 as found from marts.fct_conversions where conversion_id = ?", [touch_id]):
        raise AttributionError(
            f"{touch_id!r} is a conversion, not a touch.", f"Run `attribution explain {touch_id}` without --touch."
        )
    if reason := _skip_reason(warehouse, touch_id):
        raise AttributionError(
            f"{touch_id!r} is {SKIPPED.get(reason, f'no touch ({reason})')}.",
            "docs/decisions.md says which conversations are touches.",
        )
    _refuse_unread(warehouse, "touch", touch_id, variables)
    raise AttributionError(
        f"There is no touch {touch_id!r} in {_place()}.",
        _what_there_is(warehouse, "fct_touches", "touch_id", "touched_at", touch_id)
        or "It holds no touch at all: run `attribution load`, then `dbt build`.",
    )


def _place() -> str:
    return f"the warehouse {settings.duckdb_path()}" if settings.target() == "duckdb" else "the warehouse"


def _refuse_unread(warehouse: Warehouse, noun: str, id: str, variables: dict[str, Any]) -> None:
    """Raise AttributionError where a file brought the record and the last build read no files."""
    table = f"{brought(variables).get('files', 'raw_files')}.{plural(noun)}"
    if "files" in variables["sources"] or not warehouse.exists(*table.rsplit(".", 1)):
        return
    if warehouse.query(f"select 1 as found from {table} where {noun}_id = ?", [id]):
        raise AttributionError(
            f"The {noun} {id!r} was loaded from a file, and the last build read no files: its var sources is "
            f"[{', '.join(variables['sources'])}].",
            "Set it to [files], or add files to it, and run `dbt build`.",
        )


def _what_there_is(warehouse: Warehouse, table: str, column: str, instant: str, wanted: str) -> str:
    """The ids that come close, else how to list the latest; nothing where the table is empty."""
    distance = {"duckdb": "levenshtein", "snowflake": "editdistance"}[settings.target()]
    rows = warehouse.query(
        f"""select {column} as id, {distance}(lower({column}), ?) as distance from marts.{table}
            order by distance, {column} limit 3""",
        [wanted.lower()],
    )
    close = [row["id"] for row in rows if row["distance"] <= CLOSE * max(len(row["id"]), len(wanted))]
    if len(close) == 1:
        return f"The closest is {close[0]}."
    if close:
        return f"The closest are {', '.join(close)}."
    listing = f"select {column}, {instant} from marts.{table} order by {instant} desc"
    return f'None comes close. The latest: `dbt show --inline "{listing}" --limit 20 --output json`.' if rows else ""


def _belongs_to_a_deleted_lead(warehouse: Warehouse, conversion_id: str) -> bool:
    return "intermediate.int_conversions" in tables(warehouse) and bool(
        warehouse.query(
            """select 1 as found from intermediate.int_conversions
               where conversion_id = ? and is_deleted_lead""",
            [conversion_id],
        )
    )


def _skip_reason(warehouse: Warehouse, conversation_id: str) -> str | None:
    if "intermediate.int_genesys__skipped_conversations" not in tables(warehouse):
        return None
    rows = warehouse.query(
        "select reason from intermediate.int_genesys__skipped_conversations where conversation_id = ?",
        [conversation_id],
    )
    return rows[0]["reason"] if rows else None
