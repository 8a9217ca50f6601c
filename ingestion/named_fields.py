"""Fields of a CRM that dbt vars name, as both CRMs' loads look for them."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from common.errors import AttributionError


@dataclass(frozen=True)
class Variable:
    """A dbt var that names a field: its default, and for which source of conversions the field must be there.

    ``needed_by`` None: whichever conversions are read.
    """

    name: str
    default: str | None
    needed_by: str | None = None

    def named(self, variables: dict[str, Any], shape: str, noun: str, remedy: str) -> str | None:
        """The field that the var names, or None where it names none.

        Raises AttributionError, with ``remedy``, where what it says is no ``noun``: a text of the pattern ``shape``.
        """
        asked = variables.get(self.name, self.default)
        if asked is None or asked == "":
            return None
        if not isinstance(asked, str) or not re.fullmatch(shape, asked):
            raise AttributionError(f"The var {self.name} is {asked!r}, which is no {noun}.", remedy)
        return asked

    def may_be_missing(self, asked: str, conversion_source: str) -> bool:
        """A default may be, and a field of the object that conversions are not taken from; no other."""
        return asked == self.default or self.needed_by not in (None, conversion_source)


def listed(before: str, names: list[str]) -> str:
    """``before`` and the names, or nothing where there are none."""
    return before + ", ".join(names) if names else ""


def similar(asked: str, names: Iterable[str]) -> list[str]:
    """Up to five of the names that resemble the one asked for, whatever their case."""
    lower = {name.lower(): name for name in names}
    return [lower[name] for name in difflib.get_close_matches(asked.lower(), lower, n=5, cutoff=0.5)]
