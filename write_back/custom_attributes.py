"""The target that is the default: one record of custom attributes on each conversation, under a schema of ours."""

from __future__ import annotations

from functools import partial
from typing import Any
from urllib.parse import quote

from common.attribution_attributes import ATTRIBUTION_KEYS
from common.warehouse import Warehouse
from write_back.client import ApiError, GenesysClient, Unsettled
from write_back.records import Found, Outcome, Record, Task, Values, deliver, record_of
from write_back.schema import SCHEMA_TITLE, find_schema, make_schema
from write_back.target import Target, export_rows


class CustomAttributes(Target):
    """``PUT /api/v2/conversations/{id}/customattributes/bulk``, one record ``attribution-<conversation id>`` in each.

    A bulk request holds records of one conversation, and ours has one. The id is the caller's own to choose, so it is
    the same at every attempt and in every run, and a record that is sent twice is still one record.
    """

    name = "custom_attributes"
    makes = f"the custom attributes schema {SCHEMA_TITLE}"

    def __init__(self, client: GenesysClient) -> None:
        super().__init__(client)
        self._schema_id: str | None = None

    def records(self, warehouse: Warehouse) -> list[Record]:
        """One for each row of the export."""
        return [record_of(row, f"attribution-{row['conversation_id']}") for row in export_rows(warehouse)]

    def scope(self) -> str | None:
        """Our schema's id in the org."""
        self._schema_id = find_schema(self.client)
        return self._schema_id

    def prepare(self) -> str:
        """Make the schema."""
        self._schema_id = make_schema(self.client)
        return self._schema_id

    def send(self, batch: list[Task]) -> list[Outcome]:
        """Put the record over the version that is known, or that was found."""
        (task,) = batch
        return [deliver(self.client, task, partial(self._read, task), partial(self._put, task))]

    def _put(self, task: Task, version: int | None) -> int | None:
        answer = self.client.write("PUT", _path(task) + "/bulk", [self.body(task, version)])
        result = ((answer or {}).get("results") or {}).get(task.record_id)
        if result is None:
            raise Unsettled(500, "the answer has no result for the record")
        status = int(result.get("statusCode") or 200)
        if status >= 300:
            raise ApiError(status, str(result.get("errorMessage") or "no reason given"))
        found: int | None = (result.get("attributes") or {}).get("version")
        return found

    def _read(self, task: Task) -> Found | None:
        try:
            record = self.client.get(f"{_path(task)}/{quote(task.record_id, safe='')}")
        except ApiError as error:
            if error.is_gone:  # of record or conversation; a write tells the two apart
                return None
            raise
        held = {key: value for key, value in (record.get("customAttributes") or {}).items() if value is not None}
        schema_id = (record.get("schema") or {}).get("id", self._schema_id)
        says_the_same = held == attributes(task.record.values) and schema_id == self._schema_id
        return Found(says_the_same, record.get("version"))

    def body(self, task: Task, version: int | None) -> dict[str, Any]:
        """One ``CustomAttributesUpdateRequest``; without a version it creates the record, or replaces it unchecked."""
        request: dict[str, Any] = {
            "id": task.record_id,
            "divisions": [],
            "schemaId": self._schema_id,
            "customAttributes": attributes(task.record.values),
        }
        if version is not None:
            request["version"] = version
        return request


def attributes(values: Values) -> Values:
    """The values under the schema's keys. What is None is left out: a write replaces the whole record."""
    return {ATTRIBUTION_KEYS[title]: value for title, value in values.items() if value is not None}


def _path(task: Task) -> str:
    return f"/api/v2/conversations/{quote(str(task.record.conversation_id), safe='')}/customattributes"
