"""How much the page carries, and what gives way beyond that. docs/dashboard.md says the same to its readers.

A cube is a table of sums by day, campaign, conversion type and, in most, one thing more (an agent, say). A row of it
is a cell. Where a cube would have more cells than the page can take, days become weeks, then months, then years, and
what ranks last is folded into one row, `(other)`.
"""

from __future__ import annotations

from dataclasses import dataclass

# Cells of the cube that the headline figures, the ROI and the charts over time come from: 200 campaigns, 3 years of
# days and 2 conversion types are 438,000. A control is answered from it in about 10 ms.
MAIN_CELLS = 500_000
# Cells of each cube beside it (touch sequences, agents, nodes, dispositions, paths, hours to the conversion).
SIDE_CELLS = 100_000
CAMPAIGNS = 200
CONVERSION_TYPES = 20
PATHS = 200
# Paths that stand in the page's list, the commonest; TOP of page.js.
PATHS_SHOWN = 25
# Steps of a path that are told apart; what comes after them is an ellipsis.
PATH_STEPS = 12
# Touch sequences above this stand in one column.
TOUCH_SEQUENCES = 10

GRAINS = ("day", "week", "month", "year")


@dataclass(frozen=True)
class Rung:
    """One way to carry a cube: days as ``grain``, and the first ``entities`` agents (nodes, dispositions)."""

    grain: str
    entities: int


MAIN_LADDER = tuple(Rung(grain, 0) for grain in GRAINS)
SIDE_LADDER = (
    Rung("day", 1000),
    Rung("week", 1000),
    Rung("month", 1000),
    Rung("month", 100),
    Rung("year", 100),
    Rung("year", 25),
)
