"""The SQL of the cubes: what is asked of the marts, and the sizes that decide how finely it is asked."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from common.errors import AttributionError
from common.warehouse import Warehouse
from dashboard.dialect import local_day, start_of, text
from dashboard.limits import TOUCH_SEQUENCES, Rung

# Upper bounds of the histogram's bins, in hours, and their names.
HOURS = (
    (1, "under 1 h"), (4, "1–4 h"), (12, "4–12 h"), (24, "12–24 h"), (48, "1–2 days"), (72, "2–3 days"),
    (168, "3–7 days"), (336, "7–14 days"), (720, "14–30 days"), (1440, "30–60 days"), (2160, "60–90 days"),
    (4320, "90–180 days"),
)  # fmt: skip
HOURS_BEYOND = "over 180 days"
SEQUENCE_BEYOND = f"over {TOUCH_SEQUENCES}"
SEQUENCE_BELOW = "below 0"
NO_SEQUENCE = "(none)"


def sequence_text(column: str) -> str:
    """A touch sequence as the heat map's column."""
    return (
        f"case when {column} is null then {text(NO_SEQUENCE)}"
        f" when {column} > {TOUCH_SEQUENCES} then {text(SEQUENCE_BEYOND)}"
        f" when {column} < 0 then {text(SEQUENCE_BELOW)} else cast({column} as varchar) end"
    )


def hours_text(column: str) -> str:
    """Hours as the name of the bin that they fall into."""
    bins = " ".join(f"when {column} < {bound} then {text(name)}" for bound, name in HOURS)
    return f"case {bins} else {text(HOURS_BEYOND)} end"


@dataclass(frozen=True)
class Fold:
    """A key of which only ``kept`` is told apart; None keeps everything. Folded values are null."""

    column: str
    kept: tuple[str, ...] | None = None

    @property
    def sql(self) -> str:
        """The key's expression; with a list it has one placeholder per kept value."""
        if self.kept is None:
            return self.column
        if not self.kept:
            return "cast(null as varchar)"
        return f"case when {self.column} in ({', '.join('?' * len(self.kept))}) then {self.column} end"

    @property
    def parameters(self) -> list[str]:
        """What the placeholders stand for."""
        return list(self.kept or ())


@dataclass(frozen=True)
class Question:
    """Rows to be summed up.

    ``rows`` is a select with the columns that keys and measures name, and ``day``; ``parameters`` are its own.
    """

    rows: str
    keys: tuple[Fold, ...]
    measures: tuple[str, ...]
    parameters: tuple[str, ...] = ()

    def cells(self, warehouse: Warehouse, grain: str) -> int:
        """How many rows the cube would have."""
        listed, parameters = self._keys(grain)
        found = warehouse.query(
            f"select count(*) as cells from (select distinct {listed} from ({self.rows}) as facts) as cells", parameters
        )
        return found[0]["cells"]

    def ask(self, warehouse: Warehouse, grain: str) -> list[Sequence[Any]]:
        """The cube's rows: day, keys, measures; sorted by day and keys."""
        listed, parameters = self._keys(grain)
        numbers = ", ".join(str(at + 1) for at in range(len(self.keys) + 1))
        return warehouse.execute(
            f"select {', '.join((listed, *self.measures))} from ({self.rows}) as facts"
            f" group by {numbers} order by {numbers}",
            parameters,
        ).fetchall()

    def _keys(self, grain: str) -> tuple[str, list[str]]:
        listed = [
            f"{start_of(grain, 'day')} as bucket",
            *(f"{key.sql} as key_{at}" for at, key in enumerate(self.keys)),
        ]
        parameters = [value for key in self.keys for value in key.parameters]
        return ", ".join(listed), [*parameters, *self.parameters]


@dataclass(frozen=True)
class Marts:
    """The selects over the marts that the questions start from. ``models`` are column prefixes of fct_attribution."""

    models: tuple[str, ...]
    zone: str

    def __post_init__(self) -> None:
        for model in self.models:
            if not re.fullmatch(r"[a-z][a-z0-9_]*", model):
                raise AttributionError(
                    f"marts.dim_attribution_models names a model {model!r}.", "Run `dbt build` to make it again."
                )

    @property
    def conversions(self) -> str:
        """One row per conversion."""
        return f"select *, {local_day('converted_at', self.zone)} as day from marts.fct_conversions"

    def attribution(self, more: str = "", join: str = "") -> str:
        """One row per conversion and touch, with the conversion's type; ``more`` columns from ``join``."""
        return (
            f"select attribution.*, conversions.conversion_type, conversions.conversion_value_reporting,"
            f" {local_day('attribution.converted_at', self.zone)} as day{more and ', ' + more}"
            " from marts.fct_attribution as attribution"
            " inner join marts.fct_conversions as conversions"
            f" on attribution.conversion_id = conversions.conversion_id {join}"
        )

    def shared(self, bridge: str, key: str) -> str:
        """One row per conversion, touch and agent (or node), with the share of the touch and where it begins and ends.

        The shares are laid end to end from 0 to exactly 1, so that cents cut at their borders sum to the touch's.
        """
        running = f"sum(share) over (partition by touch_id order by {key} rows between unbounded preceding and"
        shares = (
            f"select touch_id, {key}, share,"
            f" coalesce({running} 1 preceding), 0) / sum(share) over (partition by touch_id) as begins,"
            f" case when row_number() over (partition by touch_id order by {key} desc) = 1 then 1.0"
            f" else {running} current row) / sum(share) over (partition by touch_id) end as ends"
            f" from marts.{bridge}"
        )
        return self.attribution(
            f"shares.{key} as entity, shares.share, shares.begins, shares.ends",
            f"inner join ({shares}) as shares on attribution.touch_id = shares.touch_id",
        )

    def sums(self, shared: bool = False) -> tuple[str, ...]:
        """Credit of each model, then cents of each model; ``shared`` takes the share of a row of ``shared()``."""
        credit = [f"{model}_credit{' * share' if shared else ''}" for model in self.models]
        # The sum is of decimals: it is the same whatever the order of the rows.
        credits = [f"cast(sum(cast({term} as decimal(38, 18))) as double)" for term in credit]
        if shared:
            cents = [
                f"cast(coalesce(sum(round(cast({model}_value as double) * 100 * ends)"
                f" - round(cast({model}_value as double) * 100 * begins)), 0) as bigint)"
                for model in self.models
            ]
        else:
            cents = [f"cast(coalesce(sum({model}_value), 0) * 100 as bigint)" for model in self.models]
        return (*credits, *cents)

    def counts(self) -> tuple[str, ...]:
        """Conversions in which any credit was earned, by model; then those of them whose value is known."""
        earned = "count(distinct case when {model}_credit > 0{valued} then conversion_id end)"
        valued = " and conversion_value_reporting is not null"
        return (
            *(earned.format(model=model, valued="") for model in self.models),
            *(earned.format(model=model, valued=valued) for model in self.models),
        )


def first_rung(warehouse: Warehouse, ladder: Sequence[Rung], limit: int, question: Callable[[Rung], Question]) -> Rung:
    """The first rung on which ``question(rung)`` has at most ``limit`` cells; the last one, where none has."""
    known: dict[tuple[str, Question], int] = {}
    for rung in ladder[:-1]:
        asked = (rung.grain, question(rung))
        if asked not in known:
            known[asked] = asked[1].cells(warehouse, rung.grain)
        if known[asked] <= limit:
            return rung
    return ladder[-1]
