"""A cube: sums by day, campaign, conversion type and entity, and the form in which the page carries it.

Columns are typed arrays, little-endian, deflated and in base64; keys are numbers into lists of names. Credit is a
double. Money is whole cents (costs: whole ten-thousandths, which is what the marts hold), so that no sum loses any.
"""

from __future__ import annotations

import base64
import sys
import zlib
from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import chain
from typing import Any

EPOCH = date(1970, 1, 1).toordinal()
# The key of what was folded: an index into no list.
OTHER = -1


@dataclass
class Names:
    """The distinct values of a key, in the order in which they were met; None is what was folded."""

    values: list[str] = field(default_factory=list)
    places: dict[str, int] = field(default_factory=dict)

    def place(self, value: str | None) -> int:
        """The number that stands for ``value`` in a cube."""
        if value is None:
            return OTHER
        if value not in self.places:
            self.places[value] = len(self.values)
            self.values.append(value)
        return self.places[value]


def cube(
    rows: Sequence[Sequence[Any]], keys: dict[str, Names], measures: dict[str, tuple[str, int]], grain: str
) -> dict[str, Any]:
    """What the page reads as one cube.

    ``rows``: first a day, then one value per key, then the measures, sorted by day. ``measures``: by name, the array
    type code ('d' double, 'i' 32-bit) and how many columns it has (one per model, or 1).
    """
    packed: dict[str, Any] = {"grain": grain, "size": len(rows), "keys": {}, "measures": {}}
    packed["days"] = pack("i", (row[0].toordinal() - EPOCH for row in rows))
    for at, (name, names) in enumerate(keys.items(), start=1):
        packed["keys"][name] = pack("i", (names.place(row[at]) for row in rows))
    first = 1 + len(keys)
    for name, (code, width) in measures.items():
        # A row's models stand side by side: they are often alike, which deflates to next to nothing.
        values = chain.from_iterable(row[first : first + width] for row in rows)
        packed["measures"][name] = {"type": code, "width": width, "data": pack(code, values)}
        first += width
    return packed


def pack(code: str, values: Iterable[Any]) -> str:
    """Numbers as base64 of their deflated bytes."""
    numbers = array(code, values)
    if sys.byteorder == "big":
        numbers.byteswap()
    return base64.b64encode(zlib.compress(numbers.tobytes(), 6)).decode("ascii")
