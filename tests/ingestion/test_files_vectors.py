"""A column read at once means what its cells mean one by one."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from common.errors import AttributionError
from ingestion.files import check_files, values
from ingestion.files.columns import TABLES, Kind
from ingestion.files.readers import python_values
from ingestion.files.spool import spooled_rows
from ingestion.files.vectors import whole_column

FINE_TIMES = [-1, -1999, 1_500, 1_769_868_300_123_456_789, None]
# Texts that are near what Arrow or Python takes; each stands alone in a column, then all sorts of them together.
MOMENTS = [
    "2026-01-31T14:05:00Z",
    "2026-01-31T09:05:00-05:00",
    "2026-01-31T14:05:00.123456Z",
    "2026-01-31T14:05:00.1234567Z",
    "2026-01-31T14:05:00,5Z",
    "2026-01-31 14:05:00",
    "2026-01-31 14:05:00 UTC",
    "2026-01-31 14:05:00.5 -0500",
    "2026-01-31T14:05",
    "2026-01-31T14:05+05:30",
    "2026-01-31T14+05:30",
    "2026-01-31T14",
    "2026-01-31",
    "20260131",
    "20260131T140500Z",
    "2026-02-30",
    "2026-02-30T10:00:00Z",
    "2026-01-31T24:00:00",
    "2026-01-31T14:05:60",
    "2026-01-31T14:05:00+23:59",
    "2026-01-31T14:05:00+24:00",
    "2026-01-31T14:05:00+05:60",
    "0000-01-01T00:00:00",
    "0000-01-01",
    "0001-01-01T00:00:00+05:00",
    "9999-12-31T23:59:59-01:00",
    "9999-12-31T23:59:59Z",
    "0001-01-01",
    "2026-01-31t14:05:00z",
    "2026-01-31T14:05:00 Z",
    "  2026-01-31T14:05:00Z",
    "12026-01-01",
    "-2026-01-31T14:05:00Z",
    "+2026-01-31T14:05:00Z",
    "2026-1-31",
    "2026-01-31T1:05:00.00Z",
    "                    ",
    "yesterday",
]
NUMBERS = [
    "12.5",
    "-12.5",
    "+5",
    ".5",
    "5.",
    "1e3",
    "1E5",
    "1e-3",
    "1e-30",
    "1e40",
    "-.5e+02",
    "0.00005",
    "-0.00005",
    "0.00015",
    "0.00004999999999999999999999999",
    "2.67495",
    "99999999999999.9999",
    "99999999999999.99995",
    "100000000000000",
    "1,234.50",
    "NaN",
    "Infinity",
    "1_000",
    "--1",
    "+-1",
    ".",
    "-",
    "e5",
    "1e+",
    "0x10",
    "007",
    "-7",
    "9223372036854775807",
    "9223372036854775808",
    "12345678901234567890123456789.1",
    "2.0",
    "2.5",
    "１２",
    "true",
    "1e2.0",
]
WORDS = ["sms", " sms ", "\u00a0sms\u2003", "", " ", "\u2003\t", "\x1c", "ß", "é", "eur", " Zł ", "a\x00b", "x" * 99]
TEXTS: dict[Kind, list[str]] = {
    Kind.MOMENT: MOMENTS,
    Kind.DATE: MOMENTS,
    Kind.MONEY: [*NUMBERS, " 12 ", "1 "],
    Kind.WHOLE: [*NUMBERS, " 12 ", "1 "],
    Kind.TEXT: WORDS,
    Kind.LABEL: WORDS,
    Kind.CURRENCY: WORDS,
    Kind.FLAG: [*WORDS, "true", "no"],
}
NATIVE: list[pa.Array] = [
    pa.array(FINE_TIMES, pa.timestamp("ns")),
    pa.array(FINE_TIMES, pa.timestamp("us", "UTC")),
    pa.array([0, 1_769_868_300_000], pa.timestamp("ms", "America/New_York")),
    pa.array([0, None, 1_769_868_300], pa.timestamp("s")),
    pa.array([0, 86_400], pa.timestamp("s", "UTC")),
    pa.array([2**60], pa.timestamp("us")),
    pa.array([-62_135_596_800, 253_402_300_799], pa.timestamp("s")),
    pa.array([-62_135_596_801], pa.timestamp("s")),
    pa.array([253_402_300_800], pa.timestamp("s")),
    pa.array([date(1, 1, 1), date(9999, 12, 31), None]),
    pa.array([-719_163], pa.int32()).cast(pa.date32()),
    pa.array([0, 1, -1, 2**63 - 1, -(2**63), None], pa.int64()),
    pa.array([2**64 - 1, 5], pa.uint64()),
    pa.array([7, -7, None], pa.int8()),
    pa.array([0.1, -2.5, 2.67495, 1e-7, 1e13, -0.0, None]),
    pa.array([1.0, 2.0, 2.0**53, None]),
    pa.array([1.0, 2.0**53 + 2]),
    pa.array([1e15]),
    pa.array([0.1, 0.5, 3.0], pa.float32()),
    pa.array([float("nan"), 1.0]),
    pa.array([float("inf")]),
    pa.array([Decimal("1.2"), Decimal("-3.4"), None], pa.decimal128(18, 1)),
    pa.array([Decimal("1.23445"), Decimal("1.23455"), Decimal("-0.00005")], pa.decimal128(20, 5)),
    pa.array([Decimal("99999999999999.99995")], pa.decimal128(20, 5)),
    pa.array([Decimal("100000000000000")], pa.decimal128(38, 0)),
    pa.array([Decimal("12.5")], pa.decimal256(40, 2)),
    pa.array([True, False, None]),
    pa.array([b"L1", b"\xff"]),
    pa.nulls(3),
    pa.array(["sms", None, "sms"]).dictionary_encode(),
    pa.array(["sms", " ", None], pa.large_string()),
    pa.array(["sms", ""], pa.string_view()),
]


def one_by_one(cells: pa.Array, kind: Kind) -> list[Any] | None:
    """What values.py makes of a column; None where it refuses a cell."""
    try:
        return [values.READERS[kind](cell) for cell in python_values(cells)]
    except values.Unreadable:
        return None


def at_once(cells: pa.Array, kind: Kind) -> list[Any] | None:
    """What the column becomes in Arrow, with the instant and the day of a moment in one; None where it is refused."""
    found = whole_column(cells, kind)
    if found is None:
        return None
    for array in found:
        array.validate(full=True)
    columns = [array.to_pylist() for array in found]
    return [next((part for part in parts if part is not None), None) for parts in zip(*columns, strict=True)]


def compare(cells: pa.Array, kind: Kind) -> bool:
    """Whether Arrow read the column; where it did, it must have read what values.py does."""
    fast = at_once(cells, kind)
    if fast is not None:
        slow = one_by_one(cells, kind)
        assert slow is not None, f"{kind}: {cells} is refused one by one"
        assert (fast, list(map(type, fast))) == (slow, list(map(type, slow))), (kind, cells)
    return fast is not None


@pytest.mark.parametrize("kind", TEXTS)
def test_text_that_arrow_reads_is_read_as_values_reads_it(kind: Kind) -> None:
    read = [text for text in TEXTS[kind] if compare(pa.array([text, None]), kind)]
    if kind is not Kind.FLAG:
        assert len(read) > 2, "this compares nothing"
    chosen = random.Random(7)
    for _ in range(300):
        compare(pa.array(chosen.choices([*TEXTS[kind], None], k=4)), kind)
        compare(pa.array(chosen.choices([*read, None], k=4)), kind)


@pytest.mark.parametrize("kind", [kind for kind in Kind if kind is not Kind.PHONE])
def test_native_types_that_arrow_reads_are_read_as_values_reads_them(kind: Kind) -> None:
    assert sum(compare(cells, kind) for cells in NATIVE) > 1, "this compares nothing"


def test_what_tools_usually_write_is_read_at_once() -> None:
    chosen = random.Random(5)
    start = datetime(1900, 1, 1, tzinfo=UTC)
    moments = [start + timedelta(microseconds=chosen.randrange(10**16)) for _ in range(500)]
    amounts = [chosen.randrange(-(10**15), 10**15) for _ in range(500)]
    usual: list[tuple[pa.Array, Kind]] = [
        (pa.array([moment.isoformat() for moment in moments]), Kind.MOMENT),
        (pa.array([moment.strftime("%Y-%m-%d %H:%M:%S") for moment in moments]), Kind.MOMENT),
        (pa.array([moment.date().isoformat() for moment in moments]), Kind.DATE),
        (pa.array(moments), Kind.MOMENT),
        (pa.array([f"{amount / 100:.2f}" for amount in amounts]), Kind.MONEY),
        (pa.array([amount / 1000 for amount in amounts]), Kind.MONEY),
        (pa.array([Decimal(amount).scaleb(-5) for amount in amounts], pa.decimal128(20, 5)), Kind.MONEY),
        (pa.array([str(abs(amount)) for amount in amounts]), Kind.WHOLE),
        (pa.array([f"lead-{amount}" for amount in amounts]), Kind.TEXT),
        (pa.array([" USD", "eur"]), Kind.CURRENCY),
        (pa.array([True, None]), Kind.FLAG),
    ]
    for cells, kind in usual:
        assert compare(cells, kind), f"{kind} of {cells.type} is read cell by cell"


@pytest.mark.parametrize("distinct", [40, 4000])
def test_a_column_of_mixed_writings_is_read_cell_by_cell(tmp_path: Path, distinct: int) -> None:
    """Some values often (each is read once), or all of them different."""
    hours = [f"2026-01-{1 + i % 28:02d}T{i // 28 % 24:02d}:{i // 672:02d}" for i in range(distinct)]
    mixed = [hour if i % 2 else hour[:10] for i, hour in enumerate(hours)]
    rows = [mixed[i % distinct] for i in range(4000)]
    path = tmp_path / "t.parquet"
    pq.write_table(pa.table({"touch_id": pa.array(range(4000)), "touched_at": rows, "channel": ["sms"] * 4000}), path)
    spools, _ = check_files({"touches": path}, tmp_path)
    [table] = spooled_rows(spools["touches"], TABLES["touches"])
    found = zip(table["touched_at"].to_pylist(), table["touched_on"].to_pylist(), strict=True)
    assert [instant or day for instant, day in found] == [values.moment(row) for row in rows]


def test_text_that_is_no_utf_8_is_refused_with_its_row(tmp_path: Path) -> None:
    broken = pa.Array.from_buffers(
        pa.string(), 2, [None, pa.array([0, 1, 2], pa.int32()).buffers()[1], pa.py_buffer(b"a\xff")]
    )
    path = tmp_path / "f.parquet"
    pq.write_table(pa.table({"touch_id": ["t1", "t2"], "touched_at": ["2026-01-31"] * 2, "channel": broken}), path)
    with pytest.raises(AttributionError, match=r"f.parquet, row 2, column channel: b'.xff' is no text"):
        check_files({"touches": path}, tmp_path)
