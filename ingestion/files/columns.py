"""The three tables that files may hold: which columns, what each must be, and what it becomes in the warehouse."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

import pyarrow as pa

MONEY = pa.decimal128(18, 4)
INSTANT = pa.timestamp("us", tz="UTC")


class Kind(Enum):
    """What a column's values must be."""

    TEXT = "text"
    LABEL = "text without blanks around it"
    CURRENCY = "currency code"
    PHONE = "phone"
    MOMENT = "timestamp or date"
    DATE = "date"
    MONEY = "number"
    WHOLE = "whole number"
    FLAG = "true or false"


# What a kind is stored as, where that is not text; a moment has two columns.
STORED = {Kind.DATE: pa.date32(), Kind.MONEY: MONEY, Kind.WHOLE: pa.int64(), Kind.FLAG: pa.bool_()}


@dataclass(frozen=True)
class Column:
    """One column of a file. ``required``: filled in every row that is not deleted; ``key``: filled in every row."""

    name: str
    kind: Kind
    required: bool = False
    key: bool = False

    @property
    def fields(self) -> list[pa.Field]:
        """What the column becomes: a moment is an instant or a day of its own, a phone has its E.164 beside it."""
        if self.kind is Kind.MOMENT:
            return [pa.field(self.name, INSTANT), pa.field(day_name(self.name), pa.date32())]
        if self.kind is Kind.PHONE:
            return [pa.field(self.name, pa.string()), pa.field(f"{self.name}_e164", pa.string())]
        return [pa.field(self.name, STORED.get(self.kind, pa.string()))]


def day_name(name: str) -> str:
    """``touched_at`` → ``touched_on``: where the day of a moment goes that is a date alone."""
    return name.removesuffix("_at") + "_on"


@dataclass(frozen=True)
class FileTable:
    """A table of the contract: ``columns`` as a file has them, ``key`` the column it is merged by."""

    name: str
    key: str
    columns: tuple[Column, ...]

    @property
    def schema(self) -> pa.Schema:
        """The columns that the warehouse gets; costs have their key made of what makes them one."""
        fields = [field for column in self.columns for field in column.fields]
        if self.key not in {column.name for column in self.columns}:
            fields.insert(0, pa.field(self.key, pa.string()))
        # Told to Arrow, so that dlt has it from there: two hints that differ would be a warning in every load.
        return pa.schema([field.with_nullable(field.name != self.key) for field in fields])

    @property
    def key_columns(self) -> list[str]:
        """The columns of the file that make the key."""
        return COST_KEY if self.name == "costs" else [self.key]


# In this order, joined by "|".
COST_KEY = ["campaign_id", "cost_date", "channel"]


def _table(name: str, key: str, *columns: tuple[str, Kind]) -> FileTable:
    """A trailing ``*`` marks what must be filled, ``**`` what must be filled in a deleted row too."""
    return FileTable(
        name,
        key,
        tuple(
            Column(text.rstrip("*"), kind, required=text.endswith("*"), key=text.endswith("**"))
            for text, kind in columns
        ),
    )


TABLES: dict[str, FileTable] = {
    table.name: table
    for table in (
        _table(
            "touches",
            "touch_id",
            ("touch_id**", Kind.TEXT),
            ("touched_at*", Kind.MOMENT),
            ("started_at", Kind.MOMENT),
            ("lead_id", Kind.TEXT),
            ("phone", Kind.PHONE),
            ("email", Kind.TEXT),
            ("channel*", Kind.LABEL),
            ("campaign_id", Kind.TEXT),
            ("touch_sequence", Kind.WHOLE),
            ("agent_id", Kind.TEXT),
            ("queue_id", Kind.TEXT),
            ("ivr_node_id", Kind.TEXT),
            ("disposition_code", Kind.TEXT),
            ("cost", Kind.MONEY),
            ("is_deleted", Kind.FLAG),
        ),
        _table(
            "conversions",
            "conversion_id",
            ("conversion_id**", Kind.TEXT),
            ("converted_at*", Kind.MOMENT),
            ("lead_id", Kind.TEXT),
            ("phone", Kind.PHONE),
            ("email", Kind.TEXT),
            ("campaign_id", Kind.TEXT),
            ("conversion_type", Kind.LABEL),
            ("conversion_value", Kind.MONEY),
            ("currency", Kind.CURRENCY),
            ("lead_created_at", Kind.MOMENT),
            ("is_deleted", Kind.FLAG),
        ),
        _table(
            "costs",
            "cost_key",
            ("campaign_id**", Kind.TEXT),
            ("cost_date**", Kind.DATE),
            ("channel", Kind.LABEL),
            ("cost*", Kind.MONEY),
            ("currency", Kind.CURRENCY),
        ),
    )
}
