"""Which target: the var write_back_target of the last finished build, or the project's own before there is one."""

from __future__ import annotations

import json
from typing import Any

from common.dbt_vars import dbt_vars
from common.errors import AttributionError
from common.warehouse import Warehouse
from write_back.client import GenesysClient
from write_back.contact_columns import ContactColumns
from write_back.custom_attributes import CustomAttributes
from write_back.file import File
from write_back.participant_attributes import ParticipantAttributes
from write_back.target import Target

TARGETS = (CustomAttributes.name, ParticipantAttributes.name, ContactColumns.name, File.name)


def make_target(warehouse: Warehouse, client: GenesysClient, name: str | None = None) -> Target:
    """The target of this name, or without one that of the settings. Raises AttributionError where there is none."""
    variables = _settings(warehouse)
    match name or variables.get("write_back_target"):
        case CustomAttributes.name:
            return CustomAttributes(client)
        case ParticipantAttributes.name:
            return ParticipantAttributes(client)
        case ContactColumns.name:
            return ContactColumns(client)
        case File.name:
            return File(client, str(variables.get("write_back_file")))
        case other:
            raise AttributionError(f"The var write_back_target is {other!r}.", f"It is one of {', '.join(TARGETS)}.")


def _settings(warehouse: Warehouse) -> dict[str, Any]:
    """The vars of the last finished build, which the warehouse keeps; what it does not know is the project's own."""
    if not warehouse.exists("build_log", "builds"):
        return dbt_vars()
    rows = warehouse.query("select vars from build_log.builds order by finished_at desc limit 1")
    kept = rows[0]["vars"] if rows else {}
    return dbt_vars(json.loads(kept) if isinstance(kept, str) else kept)
