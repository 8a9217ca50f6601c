"""The table of columns that users read says what is checked."""

from __future__ import annotations

from common.settings import PROJECT_DIR
from ingestion.files.columns import TABLES, Column, Kind

# Text with or without the blanks around it is text to who writes a file.
WORDS = {Kind.LABEL: "text"}


def line(table: str, column: Column) -> str:
    filled = "yes, also where `is_deleted`" if column.key and table != "costs" else "yes" if column.required else ""
    return f"| {table} | `{column.name}` | {filled} | {WORDS.get(column.kind, column.kind.value)} |"


def test_the_readme_lists_every_column_as_it_is_checked() -> None:
    text = (PROJECT_DIR / "ingestion" / "files" / "README.md").read_text(encoding="utf-8")
    listed = [row for row in text.splitlines() if row.startswith(tuple(f"| {name} |" for name in TABLES))]
    assert listed == [line(table.name, column) for table in TABLES.values() for column in table.columns]
