"""The bodies that the API answers with: describe, lists, records and pages of a query."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.salesforce.engine import Record, Result, Selected
from sandbox.salesforce.errors import invalid_locator
from sandbox.salesforce.metadata import NUMBER_TYPES, PICKLIST_VALUES, SOAP_TYPES, TEXT_TYPES, Field, SObject

VERSIONS = {
    "58.0": "Summer '23",
    "59.0": "Winter '24",
    "60.0": "Spring '24",
    "61.0": "Summer '24",
    "62.0": "Winter '25",
}
PAGE_SIZE = 2000
KEPT_LOCATORS = 200


def versions() -> list[dict[str, str]]:
    """GET /services/data/."""
    return [
        {"label": label, "url": f"/services/data/v{version}", "version": version} for version, label in VERSIONS.items()
    ]


def resources(version: str) -> dict[str, str]:
    """GET /services/data/vXX.X/: the paths that there are."""
    return {name: f"/services/data/v{version}/{name}" for name in ("sobjects", "query", "queryAll", "jobs", "limits")}


def limits() -> dict[str, dict[str, int]]:
    """GET /services/data/vXX.X/limits: the one that a reading client minds."""
    return {"DailyApiRequests": {"Max": 100000, "Remaining": 99000}}


def summary(entity: SObject, version: str) -> dict[str, Any]:
    """What the list of objects says of one of them."""
    base = f"/services/data/v{version}/sobjects/{entity.name}"
    return {
        "name": entity.name,
        "label": entity.name,
        "labelPlural": f"{entity.name}s",
        "keyPrefix": entity.key_prefix,
        "custom": entity.name.endswith("__c"),
        "createable": False,
        "deletable": False,
        "updateable": False,
        "queryable": True,
        "retrieveable": True,
        "urls": {
            "sobject": base,
            "describe": f"{base}/describe",
            "rowTemplate": base + "/{ID}",
        },
    }


def sobjects(objects: Mapping[str, SObject], version: str) -> dict[str, Any]:
    """GET /sobjects."""
    return {
        "encoding": "UTF-8",
        "maxBatchSize": 200,
        "sobjects": [summary(entity, version) for entity in objects.values()],
    }


def describe(entity: SObject, version: str) -> dict[str, Any]:
    """GET /sobjects/X/describe."""
    return {
        **summary(entity, version),
        "fields": [_described(field) for field in entity.fields.values()],
    }


def _described(field: Field) -> dict[str, Any]:
    return {
        "name": field.name,
        "label": field.name,
        "type": field.type,
        "soapType": SOAP_TYPES.get(field.type, "xsd:string"),
        "custom": field.name.endswith("__c"),
        "nillable": field.type not in ("id", "boolean"),
        "filterable": True,
        "sortable": True,
        "updateable": False,
        "length": 18 if field.type in ("id", "reference") else 255 if field.type in TEXT_TYPES else 0,
        "precision": 18 if field.type in NUMBER_TYPES else 0,
        "scale": 0 if field.type not in NUMBER_TYPES or field.type == "int" else 2,
        "referenceTo": [field.refers_to] if field.refers_to else [],
        "relationshipName": field.relationship,
        "picklistValues": [
            {"active": True, "defaultValue": False, "label": value, "value": value}
            for value in PICKLIST_VALUES.get(field.name, ())
        ],
    }


def record(entity: SObject, fields: Iterable[Selected], row: Record, version: str) -> dict[str, Any]:
    """One row as the API shows it: its attributes, then the fields in the order asked for.

    The fields of a related record stand together in an object of their own, null where there is no such record.
    """
    shown = _attributes(entity.name, row, version)
    for selected in fields:
        if selected.reference is None:
            shown[selected.field.name] = _value(selected.field, row)
            continue
        relationship, object_name = str(selected.reference.relationship), str(selected.reference.refers_to)
        parent = selected.parents.get(row.get(selected.reference.name, ""))
        if parent is None:
            shown[relationship] = None
        else:
            of_parent = shown.setdefault(relationship, _attributes(object_name, parent, version))
            of_parent[selected.field.name] = _value(selected.field, parent)
    return shown


def _attributes(object_name: str, row: Record, version: str) -> dict[str, Any]:
    url = f"/services/data/v{version}/sobjects/{object_name}/{row.get('Id')}"
    return {"attributes": {"type": object_name, "url": url}}


def _value(field: Field, row: Record) -> Any:
    value = row.get(field.name)
    return bool(value) if field.type == "boolean" else None if value == "" else value


@dataclass(frozen=True)
class _Cursor:
    result: Result
    page_size: int


class Pages:
    """Query results in pages. A locator names a result and where its next page begins; the oldest are dropped."""

    def __init__(self) -> None:
        self.cursors: OrderedDict[str, _Cursor] = OrderedDict()
        self.made = 0

    def first(self, result: Result, page_size: int, version: str) -> dict[str, Any]:
        """The answer to a query."""
        if not result.fields:
            return {"totalSize": len(result.rows), "done": True, "records": []}
        self.made += 1
        identifier = f"01g{self.made:012d}AAA"
        if len(result.rows) > page_size:
            self.cursors[identifier] = _Cursor(result, page_size)
            while len(self.cursors) > KEPT_LOCATORS:
                self.cursors.popitem(last=False)
        return self.page(identifier, _Cursor(result, page_size), 0, version)

    def following(self, locator: str, version: str) -> dict[str, Any]:
        """The page behind a locator; raises INVALID_QUERY_LOCATOR."""
        identifier, _, start = locator.partition("-")
        cursor = self.cursors.get(identifier)
        if cursor is None or not start.isdigit() or not 0 < int(start) < len(cursor.result.rows):
            raise invalid_locator()
        return self.page(identifier, cursor, int(start), version)

    def page(self, identifier: str, cursor: _Cursor, start: int, version: str) -> dict[str, Any]:
        result, end = cursor.result, start + cursor.page_size
        answer: dict[str, Any] = {"totalSize": len(result.rows), "done": end >= len(result.rows)}
        if not answer["done"]:
            answer["nextRecordsUrl"] = f"/services/data/v{version}/query/{identifier}-{end}"
        answer["records"] = [record(result.entity, result.fields, row, version) for row in result.rows[start:end]]
        return answer
