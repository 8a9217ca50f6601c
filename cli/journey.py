"""One conversion's journey under the settings of the last finished build."""

from __future__ import annotations

from typing import Any

from cli.settings_of_build import last_build
from common.warehouse import Warehouse
from explain import conversion


def journey(warehouse: Warehouse, conversion_id: str) -> dict[str, Any]:
    """As ``explain.conversion.journey``; an AttributionError where no build has finished."""
    return conversion.journey(warehouse, conversion_id, last_build(warehouse))
