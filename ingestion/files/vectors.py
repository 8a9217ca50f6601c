"""A whole column of a file at once, in Arrow. What is odd is left to values.py, which has the rules and the words.

A cast here takes a part of what values.py takes, and gives it the same meaning; where one cell is outside that part,
the whole column is None. tests/ingestion/test_files_vectors.py compares the two.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime

import pyarrow as pa
import pyarrow.compute as pc

from ingestion.files.columns import INSTANT, MONEY, Kind

# Of what Python can hold: the days and the microseconds from 1970 of the years 1 and 9999.
_EPOCH = date(1970, 1, 1)
DAYS = ((date.min - _EPOCH).days, (date.max - _EPOCH).days)
MICROSECONDS = tuple(
    round((moment.replace(tzinfo=UTC) - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds() * 1_000_000)
    for moment in (datetime.min, datetime(9999, 12, 31, 23, 59, 59))
)
# A double counts whole numbers one by one up to here.
EXACT_DOUBLE = 2.0**53
# Holds 18 digits before the point and 20 after it; rounding needs them all.
WIDE_DECIMAL = pa.decimal128(38, 20)
# Holds every integer of 64 bits, with four places.
WIDE_MONEY = pa.decimal128(28, 4)


def whole_column(cells: pa.Array, kind: Kind) -> list[pa.Array] | None:
    """The arrays that a column of this kind becomes (an instant and a day for a moment, else one), or None."""
    cells = plain(cells)
    if pa.types.is_null(cells.type):
        cells = cells.cast(pa.bool_() if kind is Kind.FLAG else pa.string())
    try:
        if pa.types.is_string(cells.type):
            # A writer may have put bytes that are no UTF-8 into a text column of Parquet.
            cells.validate(full=True)
            cells = filled(cells)
        found = _CASTS[kind](cells)
    except pa.ArrowInvalid:
        return None
    return [found] if isinstance(found, pa.Array) else found


def plain(cells: pa.Array) -> pa.Array:
    """The same values without a dictionary, in strings of one kind, and in microseconds where they are finer."""
    if pa.types.is_dictionary(cells.type):
        cells = cells.dictionary_decode()
    if pa.types.is_large_string(cells.type) or pa.types.is_string_view(cells.type):
        return cells.cast(pa.string())
    if pa.types.is_timestamp(cells.type) and cells.type.unit == "ns":
        return cells.cast(pa.timestamp("us", tz=cells.type.tz), safe=False)
    return cells


def filled(cells: pa.Array) -> pa.Array:
    """Text with null for what is empty or blank. Arrow and Python agree on what a blank is."""
    blank = pc.or_(pc.utf8_is_space(cells), pc.equal(pc.binary_length(cells), 0))
    return pc.if_else(blank, None, cells) if pc.any(blank).as_py() else cells


def _text(cells: pa.Array) -> pa.Array | None:
    if pa.types.is_string(cells.type):
        return cells
    if pa.types.is_integer(cells.type):
        return cells.cast(pa.string())
    if pa.types.is_floating(cells.type) and (numbers := _exact_integers(cells)) is not None:
        return numbers.cast(pa.string())
    return None


def _label(cells: pa.Array) -> pa.Array | None:
    found = _text(cells)
    return None if found is None else pc.utf8_trim_whitespace(found)


def _currency(cells: pa.Array) -> pa.Array | None:
    found = _label(cells)
    # Beyond ASCII, Python and Arrow differ in some capitals.
    if found is None or pc.all(pc.string_is_ascii(found)).as_py() is False:
        return None
    return pc.ascii_upper(found)


def _moment(cells: pa.Array) -> list[pa.Array] | None:
    kind = cells.type
    if pa.types.is_string(kind):
        lengths = pc.min_max(pc.binary_length(cells)).as_py()
        if lengths["min"] == lengths["max"] == len("2026-01-31"):
            cells = cells.cast(pa.date32())
        elif lengths["min"] is None or lengths["min"] >= len("2026-01-31T14:05:00"):
            cells = _instants_of_text(cells)
    if pa.types.is_date32(cells.type) and _between(cells.cast(pa.int32()), *DAYS):
        return [pa.nulls(len(cells), INSTANT), cells]
    if pa.types.is_timestamp(cells.type):
        # A time without a zone is UTC, which is what this cast takes it for.
        instants = cells.cast(INSTANT)
        if _between(instants.cast(pa.int64()), *MICROSECONDS):
            return [instants, pa.nulls(len(cells), pa.date32())]
    return None


def _instants_of_text(cells: pa.Array) -> pa.Array:
    """Either all have a zone or none has; a mixture is for values.py."""
    try:
        return cells.cast(INSTANT)
    except pa.ArrowInvalid:
        return cells.cast(pa.timestamp("us"))


def _day(cells: pa.Array) -> pa.Array | None:
    found = _moment(cells)
    if found is None or found[0].null_count < len(cells):
        return None
    return found[1]


def _money(cells: pa.Array) -> pa.Array | None:
    kind = cells.type
    if pa.types.is_integer(kind):
        return cells.cast(WIDE_MONEY).cast(MONEY)
    if pa.types.is_floating(kind):
        # By the shortest text of a double, as in values.py.
        cells = cells.cast(pa.float64()).cast(pa.string())
    if pa.types.is_string(cells.type):
        cells = cells.cast(WIDE_DECIMAL)
    if not pa.types.is_decimal128(cells.type):
        return None
    if cells.type.scale > MONEY.scale:
        cells = pc.round(cells, MONEY.scale, round_mode="half_towards_infinity")
    return cells.cast(MONEY)


def _whole(cells: pa.Array) -> pa.Array | None:
    if pa.types.is_integer(cells.type):
        return cells.cast(pa.int64())
    if pa.types.is_floating(cells.type):
        return _exact_integers(cells)
    # Digits alone: Arrow reads 0x10 as a number, too.
    if pa.types.is_string(cells.type) and pc.all(pc.ascii_is_decimal(cells)).as_py() is not False:
        return cells.cast(pa.int64())
    return None


def _flag(cells: pa.Array) -> pa.Array | None:
    return pc.fill_null(cells, False) if pa.types.is_boolean(cells.type) else None


def _exact_integers(cells: pa.Array) -> pa.Array | None:
    """Floating-point numbers as integers; None or ArrowInvalid where one is a fraction, or too large to be exact."""
    if not _between(cells, -EXACT_DOUBLE, EXACT_DOUBLE):
        return None
    return cells.cast(pa.int64())


def _between(cells: pa.Array, lowest: float, highest: float) -> bool:
    found = pc.min_max(cells).as_py()
    return found["min"] is None or (found["min"] >= lowest and found["max"] <= highest)


_CASTS: dict[Kind, Callable[[pa.Array], pa.Array | list[pa.Array] | None]] = {
    Kind.TEXT: _text,
    Kind.LABEL: _label,
    Kind.CURRENCY: _currency,
    Kind.PHONE: _text,
    Kind.MOMENT: _moment,
    Kind.DATE: _day,
    Kind.MONEY: _money,
    Kind.WHOLE: _whole,
    Kind.FLAG: _flag,
}
