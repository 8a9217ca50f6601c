"""The sandbox's own Salesforce records fit the fields that the stand-in describes."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import pytest

from sandbox.content import build_org
from sandbox.org import Org
from sandbox.salesforce.metadata import OBJECTS, Field

ID = re.compile(r"[A-Za-z0-9]{18}")
INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+0000")
DAY = re.compile(r"\d{4}-\d\d-\d\d")


@pytest.fixture(scope="module")
def org() -> Org:
    return build_org(seed=1, scale=0.05, as_of=date(2026, 6, 15))


def fits(field: Field, value: Any) -> bool:
    if value is None:
        return field.type not in ("id", "boolean")
    match field.kind:
        case "id":
            return isinstance(value, str) and bool(ID.fullmatch(value))
        case "text":
            return isinstance(value, str)
        case "number":
            return isinstance(value, int | float) and not isinstance(value, bool)
        case "boolean":
            return isinstance(value, bool)
        case "date":
            return isinstance(value, str) and bool(DAY.fullmatch(value))
        case _:
            return isinstance(value, str) and bool(INSTANT.fullmatch(value))


def test_every_object_has_records(org: Org) -> None:
    assert {name for name, records in org.salesforce.items() if records} == set(OBJECTS)


def test_every_value_fits_its_described_field(org: Org) -> None:
    wrong = []
    for name, records in org.salesforce.items():
        for record in records:
            for field_name, value in record.items():
                field = OBJECTS[name].field(field_name)
                if field is None or field.name != field_name or not fits(field, value):
                    wrong.append(f"{name}.{field_name}: {value!r}")
    assert sorted(set(wrong))[:20] == []


def test_ids_begin_with_their_objects_prefix_and_are_unique(org: Org) -> None:
    for name, records in org.salesforce.items():
        ids = [record["Id"] for record in records]
        assert len(ids) == len({each[:15] for each in ids})
        assert {each[:3] for each in ids} == {OBJECTS[name].key_prefix}
