"""Credit as participant attributes of the customer, the older place: what agent scripts and Architect flows read."""

from __future__ import annotations

from functools import partial
from urllib.parse import quote

from common.warehouse import Warehouse
from write_back.client import ApiError
from write_back.org import organization_id
from write_back.records import Found, Outcome, Record, Task, as_text, deliver, record_of
from write_back.target import EXPORT, Target, export_rows, needed

PARTICIPANTS = ("exports", "export_genesys_participants")


class ParticipantAttributes(Target):
    """``PATCH /api/v2/conversations/{id}/participants/{id}/attributes``, the seven by their titles.

    A record's id is ``<conversation id>/<participant id>``. A patch leaves other attributes as they are and takes
    nothing away, so what there is nothing to say of is set to an empty text. It has no version: what somebody else
    puts under our names is replaced when the credit changes next.
    """

    name = "participant_attributes"

    def records(self, warehouse: Warehouse) -> list[Record]:
        """One for each row of the export that has a customer."""
        rows = export_rows(warehouse)
        needed(warehouse, PARTICIPANTS)
        found = warehouse.query(
            f"select conversation_id, participant_id from {'.'.join(PARTICIPANTS)} "
            f"where conversation_id in (select conversation_id from {'.'.join(EXPORT)})"
        )
        participants = {row["conversation_id"]: row["participant_id"] for row in found}
        return [
            record_of(row, f"{row['conversation_id']}/{participants[row['conversation_id']]}")
            for row in rows
            if row["conversation_id"] in participants
        ]

    def scope(self) -> str:
        """The org."""
        return organization_id(self.client)

    def send(self, batch: list[Task]) -> list[Outcome]:
        """Patch the participant's attributes."""
        (task,) = batch
        return [deliver(self.client, task, partial(self._read, task), partial(self._patch, task))]

    def _patch(self, task: Task, version: int | None) -> None:
        conversation, participant = (quote(part, safe="") for part in task.record_id.split("/"))
        path = f"/api/v2/conversations/{conversation}/participants/{participant}/attributes"
        self.client.write("PATCH", path, {"attributes": as_text(task.record.values)})

    def _read(self, task: Task) -> Found | None:
        conversation, participant = task.record_id.split("/")
        try:
            found = self.client.get(f"/api/v2/conversations/{quote(conversation, safe='')}")
        except ApiError as error:
            if error.is_gone:
                return None
            raise
        held = {each["id"]: each.get("attributes") or {} for each in found.get("participants") or []}
        if participant not in held:
            return None
        wanted = as_text(task.record.values)
        return Found({name: held[participant].get(name, "") for name in wanted} == wanted)
