"""Dialer contacts, read only where a conversation's own attributes leave something open."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from ingestion.genesys import settings
from ingestion.genesys.client import GenesysClient, RefusedRequest


class ContactReader:
    """Reads each contact once per load; ``notes`` gets a line for each list with contacts that are gone."""

    def __init__(self, client: GenesysClient, notes: list[str]) -> None:
        self.client = client
        self.notes = notes
        self.asked: set[tuple[str, str]] = set()
        self.gone: dict[str, int] = {}
        self.note_positions: dict[str, int] = {}

    def rows(self, needed: Iterable[tuple[str, str]]) -> Iterator[list[dict[str, Any]]]:
        """Rows of raw_genesys.contacts for (contact list id, contact id), a page for each request."""
        by_list: dict[str, list[str]] = {}
        for list_id, contact_id in sorted(set(needed) - self.asked):
            by_list.setdefault(list_id, []).append(contact_id)
            self.asked.add((list_id, contact_id))
        for list_id, contact_ids in by_list.items():
            for first in range(0, len(contact_ids), settings.CONTACTS_PER_REQUEST):
                batch = contact_ids[first : first + settings.CONTACTS_PER_REQUEST]
                contacts = self._read(list_id, batch)
                if len(contacts) < len(batch):
                    self._note(list_id, len(batch) - len(contacts))
                yield [
                    {"contact_list_id": list_id, "id": contact["id"], "data": contact.get("data") or {}}
                    for contact in contacts
                ]

    def _read(self, list_id: str, contact_ids: list[str]) -> list[dict[str, Any]]:
        try:
            return self.client.post(f"/api/v2/outbound/contactlists/{list_id}/contacts/bulk", contact_ids)
        except RefusedRequest as error:
            if error.status != 404:
                raise
            return []

    def _note(self, list_id: str, count: int) -> None:
        self.gone[list_id] = self.gone.get(list_id, 0) + count
        position = self.note_positions.setdefault(list_id, len(self.notes))
        note = f"{self.gone[list_id]} contacts of contact list {list_id} are gone from Genesys Cloud: skipped"
        self.notes[position:] = [note, *self.notes[position + 1 :]]
