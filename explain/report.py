"""What a reader is shown, as headings, facts and tables of plain text: one form for the terminal and for the page."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from common.words import number
from explain import check
from explain.models import MODELS

SHOWN_DIFFERENCES = 5


@dataclass
class Row:
    """Cells of one row; ``share`` (0 to 1) is drawn as a bar where there is room, ``strong`` sets it off."""

    cells: list[str]
    strong: bool = False
    share: float | None = None


@dataclass
class Table:
    """A table with a title; the columns named in ``right`` are numbers. ``rest`` says what is not shown."""

    title: str
    columns: tuple[str, ...]
    right: tuple[str, ...] = ()
    rows: list[Row] = field(default_factory=list)
    rest: str = ""

    def add(self, *cells: object, strong: bool = False, share: float | None = None) -> None:
        """One row; None is an empty cell."""
        row = ["" if cell is None else str(cell) for cell in cells]
        if len(row) != len(self.columns):
            raise ValueError(f"{len(row)} cells for {len(self.columns)} columns")
        self.rows.append(Row(row, strong, share))


@dataclass
class Report:
    """A whole answer: ``facts`` are (label, text), ``blocks`` paragraphs (str) and tables in order."""

    title: str
    facts: list[tuple[str, str]] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    blocks: list[str | Table] = field(default_factory=list)
    agreement: str = ""


def warn(report: Report, checked: dict[str, Any]) -> None:
    """Put what the recomputation found into the report."""
    differences = checked["differences"]
    if checked["agrees"]:
        report.agreement = "Credits and values were computed again from what was loaded: all agree."
    elif checked["agrees"] is None:
        report.agreement = checked["note"]
    else:
        report.warnings += [check.in_words(difference) for difference in differences[:SHOWN_DIFFERENCES]]
        if len(differences) > SHOWN_DIFFERENCES:
            report.warnings.append(
                f"{number(len(differences) - SHOWN_DIFFERENCES, 'more difference')}; --json lists all."
            )
        if checked["note"]:
            report.warnings.append(checked["note"])


def all_models(title: str, first: str, rows: Iterable[tuple[str, dict[str, Any], bool]]) -> Table:
    """Credit and, below it, value by every model. ``rows``: what the row is of, the touch or conversion, strong."""
    table = Table(title, (first, *MODELS.values()), right=tuple(MODELS.values()))
    for name, row, strong in rows:
        cells = [credit_and_value(row["credits"][model], row["values"][model]) for model in MODELS]
        table.add(name, *cells, strong=strong)
    return table


def credit_and_value(credit: float, value: Decimal | None) -> str:
    """Two lines, or one where there is no value; nothing at all where there is no credit."""
    if not credit:
        return "–"
    return f"{credit:.4f}" if value is None else f"{credit:.4f}\n{value:,.2f}"


def at(instant: datetime | None) -> str:
    """An instant to the second."""
    return "" if instant is None else f"{instant:%Y-%m-%d %H:%M:%S}"


def span(hours: float) -> str:
    """Δt: hours below two days, else days."""
    return f"{hours:.1f} h" if hours < 48 else f"{hours / 24:.1f} d"


def money(value: Decimal | None) -> str:
    """An amount with its cents; nothing where there is none."""
    return "" if value is None else f"{value:,.2f}"


def value_of(conversion: dict[str, Any], reporting_currency: str) -> str:
    """The value as the CRM has it, and in the reporting currency where that differs."""
    value, reporting = conversion["conversion_value"], conversion["conversion_value_reporting"]
    if value is None:
        return "none"
    own = f"{value:,.2f} {conversion['currency'] or reporting_currency}"
    if reporting is None:
        return f"{own}, for which there is no rate to {reporting_currency}"
    if conversion["currency"] in (None, reporting_currency):
        return own
    return f"{own} = {reporting:,.2f} {reporting_currency}"
