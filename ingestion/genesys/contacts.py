"""Dialer contacts, read only where a conversation's own attributes leave something open."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from common import warehouse
from common.attribution_attributes import ATTRIBUTION_NAMES
from common.words import number
from ingestion.genesys import settings
from ingestion.genesys.client import GenesysClient, RefusedRequest
from ingestion.phones import to_e164


def read_lately(age: timedelta) -> dict[tuple[str, str], datetime]:
    """When each contact (list, contact) in the warehouse was read, if that is not longer ago than ``age``."""
    with warehouse.connect() as opened:
        if not opened.query(
            "select 1 as found from information_schema.columns where lower(table_schema) = 'raw_genesys'"
            " and lower(table_name) = 'contacts' and lower(column_name) = 'read_at'"
        ):
            return {}
        rows = opened.query(
            "select contact_list_id, id, read_at from raw_genesys.contacts where read_at > ?",
            [datetime.now(UTC) - age],
        )
    return {(row["contact_list_id"], row["id"]): row["read_at"].astimezone(UTC) for row in rows}


class ContactReader:
    """Reads each contact once per load; ``notes`` gets a line for each list with contacts that are gone.

    ``known`` says when a contact was read by an earlier load.
    """

    def __init__(
        self, client: GenesysClient, notes: list[str], known: dict[tuple[str, str], datetime] | None = None
    ) -> None:
        self.client = client
        self.notes = notes
        self.known = known or {}
        self.lists: dict[str, list[str]] | None = None
        self.asked: set[tuple[str, str]] = set()
        self.gone: dict[str, int] = {}
        self.note_positions: dict[str, int] = {}

    def knows(self, pair: tuple[str, str], conversation: dict[str, Any]) -> bool:
        """Whether the contact was read after the conversation (a row) began: what was uploaded for it is known."""
        read_at = self.known.get(pair)
        return read_at is not None and read_at > datetime.fromisoformat(conversation["conversation_start"])

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
                yield [self._row(list_id, contact) for contact in contacts]

    def _row(self, list_id: str, contact: dict[str, Any]) -> dict[str, Any]:
        data = _own_data(contact)
        phones = [data[column] for column in self._phone_columns(list_id) if str(data.get(column) or "").strip()]
        phone = next((each for each in phones if to_e164(each)), phones[0] if phones else None)
        return {
            "contact_list_id": list_id,
            "id": contact["id"],
            "data": data,
            "phone": phone,
            "phone_e164": to_e164(phone),
            "read_at": datetime.now(UTC),
        }

    def _phone_columns(self, list_id: str) -> list[str]:
        """The columns of a list that hold phones, in its order."""
        if self.lists is None:
            self.lists = {
                each["id"]: [column["columnName"] for column in each.get("phoneColumns") or []]
                for page in self.client.entities("/api/v2/outbound/contactlists")
                for each in page
            }
        return self.lists.get(list_id, [])

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
        note = (
            f"{number(self.gone[list_id], 'contact')} of contact list {list_id} "
            f"{'is' if self.gone[list_id] == 1 else 'are'} gone from Genesys Cloud: skipped"
        )
        self.notes[position:] = [note, *self.notes[position + 1 :]]


def _own_data(contact: dict[str, Any]) -> dict[str, str]:
    """The contact's columns without those that the write-back fills."""
    data = contact.get("data") or {}
    return {column: value for column, value in data.items() if column not in ATTRIBUTION_NAMES}
