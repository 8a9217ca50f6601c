"""Puts what a file says onto the contacts of a list: found by id or by lead, compared, and sent where it differs."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from cli.contact_file import ContactList, Row, RowError
from common.errors import AttributionError
from ingestion.genesys.client import GenesysClient, RefusedRequest
from ingestion.phones import to_e164

LISTS = "/api/v2/outbound/contactlists"
# Rows that are looked up and sent together. The API takes up to 1,000 contacts in a request
# (https://community.genesys.com, "Lead ID and Genesys Contact ID Mapping for Bulk Contact Uploads"); a search gives
# 100 on a page.
BATCH = 100
SEARCH_PAGE = 100
SALESFORCE_ID = re.compile(r"[A-Za-z0-9]{15}([A-Za-z0-9]{3})?")


@dataclass
class UploadSummary:
    """What came of each line."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    errors: list[RowError] = field(default_factory=list)

    @property
    def rows(self) -> int:
        """How many lines there were."""
        return self.added + self.changed + self.unchanged + len(self.errors)


@dataclass(frozen=True)
class Change:
    """A contact as it is to be: all columns that it has, with those of the file over them."""

    row: Row
    contact_id: str
    data: dict[str, str]
    is_new: bool


def find_list(client: GenesysClient, wanted: str) -> ContactList:
    """The contact list of that id, or else of that name whatever its case. AttributionError where it is not one."""
    lists = [entity for page in client.entities(LISTS) for entity in page]
    found = [entity for entity in lists if entity["id"] == wanted]
    found = found or [entity for entity in lists if str(entity.get("name")).lower() == wanted.lower()]
    if len(found) == 1:
        return ContactList.of(found[0])
    if found:
        raise AttributionError(
            f"{len(found)} contact lists are called {wanted!r}.",
            f"Give one by its id: {', '.join(entity['id'] for entity in found)}.",
        )
    names = ", ".join(sorted(str(entity.get("name")) for entity in lists)) or "none that the OAuth client may see"
    raise AttributionError(f"There is no contact list {wanted!r}.", f"The org's lists are: {names}.")


class Uploader:
    """One upload into one list. A line is for the contact that it names, else for the one with its lead id.

    A lead without a contact gets one, under an id that is made from the lead: sent twice, it is still one contact.
    """

    def __init__(self, client: GenesysClient, into: ContactList, lead_column: str, dry_run: bool) -> None:
        self.client = client
        self.into = into
        self.lead_column = lead_column
        self.dry_run = dry_run
        self.path = f"{LISTS}/{into.id}/contacts"
        self.summary = UploadSummary()
        self.lines: dict[str, int] = {}

    def run(self, rows: Iterable[Row | RowError], progress: Callable[[int], None] = lambda done: None) -> UploadSummary:
        """All rows, a batch at a time; ``progress`` gets how many are done."""
        source = iter(rows)
        while batch := list(islice(source, BATCH)):
            self.summary.errors += [each for each in batch if isinstance(each, RowError)]
            changes = list(self._changes([each for each in batch if isinstance(each, Row)]))
            if self.dry_run:
                self._count(changes)
            elif changes:
                self._send(changes)
            progress(self.summary.rows)
        self.summary.errors.sort(key=lambda error: error.line)
        return self.summary

    def _changes(self, rows: list[Row]) -> Iterator[Change]:
        by_id = self._contacts_by_id([row.contact_id for row in rows if row.contact_id])
        by_lead = self._contacts_by_lead([row.lead_id for row in rows if row.lead_id and not row.contact_id])
        for row in rows:
            contacts = by_lead.get(lead_key(row.lead_id or ""), []) if row.contact_id is None else []
            if row.contact_id is not None:
                contacts = [by_id[row.contact_id]] if row.contact_id in by_id else []
            if change := self._change(row, contacts):
                yield change

    def _change(self, row: Row, contacts: list[dict[str, Any]]) -> Change | None:
        """What a row asks for; None where it asks for nothing, or can't be done (then it is counted)."""
        if len(contacts) > 1:
            return self._leave_out(
                row, f"the list has {len(contacts)} contacts of this lead: name one by inin-outbound-id"
            )
        if not contacts and row.contact_id is not None:
            return self._leave_out(row, "the list has no contact of this id")
        if not contacts and not any(name in row.data for name in self.into.phone_columns):
            return self._leave_out(row, "the list has no contact of this lead, and without a phone none can be added")
        contact_id = contacts[0]["id"] if contacts else new_id(self.into.id, lead_key(row.lead_id or ""))
        if contact_id in self.lines:
            return self._leave_out(row, f"the same contact as line {self.lines[contact_id]}")
        self.lines[contact_id] = row.line
        held = contacts[0].get("data") or {} if contacts else {}
        if contacts and all(self._is_same(name, held.get(name), value) for name, value in row.data.items()):
            self.summary.unchanged += 1
            return None
        return Change(row, contact_id, {**held, **row.data}, is_new=not contacts)

    def _leave_out(self, row: Row, reason: str) -> None:
        self.summary.errors.append(RowError(row.line, reason))

    def _is_same(self, name: str, held: str | None, wanted: str) -> bool:
        """The same text, or the same phone however it is written."""
        if (held or "").strip() == wanted:
            return True
        return name in self.into.phone_columns and bool(held) and to_e164(held) == to_e164(wanted)

    def _send(self, changes: list[Change]) -> None:
        """Send them together; where the org refuses that, in halves, so that one bad contact holds back no other."""
        body = [{"id": each.contact_id, "contactListId": self.into.id, "data": each.data} for each in changes]
        try:
            # Contacts that were dialled already are not dialled again for an attribute.
            self.client.post(f"{self.path}?doNotQueue=true&clearSystemData=false", body)
        except RefusedRequest as error:
            if error.status != 400:
                raise
            if len(changes) == 1:
                reason = f"Genesys Cloud refuses it: {error.message.split(': ', 1)[-1]}"
                self.summary.errors.append(RowError(changes[0].row.line, reason))
                return
            middle = len(changes) // 2
            self._send(changes[:middle])
            self._send(changes[middle:])
            return
        self._count(changes)

    def _count(self, changes: list[Change]) -> None:
        self.summary.added += sum(each.is_new for each in changes)
        self.summary.changed += sum(not each.is_new for each in changes)

    def _contacts_by_id(self, ids: list[str]) -> dict[str, dict[str, Any]]:
        if not ids:
            return {}
        return {contact["id"]: contact for contact in self.client.post(f"{self.path}/bulk", list(dict.fromkeys(ids)))}

    def _contacts_by_lead(self, lead_ids: list[str]) -> dict[str, list[dict[str, Any]]]:
        """The list's contacts of these leads; a lead's id may stand there with 15 characters or with 18."""
        if not lead_ids:
            return {}
        forms = sorted({form for lead in lead_ids for form in forms_of(lead)})
        predicate = {
            "column": self.lead_column,
            "columnType": "alphabetic",
            "operator": "IN",
            "range": {"inSet": forms},
        }
        body = {
            "criteria": {"filterType": "AND", "clauses": [{"filterType": "AND", "predicates": [predicate]}]},
            "pageSize": SEARCH_PAGE,
        }
        found: dict[str, list[dict[str, Any]]] = {}
        number, pages = 1, 1
        while number <= pages:
            answer = self.client.post(f"{self.path}/search", {**body, "pageNumber": number})
            for contact in answer.get("entities") or []:
                key = lead_key(str((contact.get("data") or {}).get(self.lead_column) or "").strip())
                found.setdefault(key, []).append(contact)
            pages = answer.get("pageCount") or 1
            number += 1
        return found


def lead_key(lead_id: str) -> str:
    """What two ways of writing one lead id share: the first 15 characters of a Salesforce id, else all of it."""
    return lead_id[:15] if SALESFORCE_ID.fullmatch(lead_id) else lead_id


def forms_of(lead_id: str) -> tuple[str, ...]:
    """The ways in which a lead's id may be written: a Salesforce id with 15 characters and with 18.

    Each of the last three says which of five characters are capitals, the first of them being the lowest bit
    (https://developer.salesforce.com/docs, "ID Field Type").
    """
    short = lead_key(lead_id)
    if short == lead_id and not SALESFORCE_ID.fullmatch(lead_id):
        return (lead_id,)
    parts = (short[0:5], short[5:10], short[10:15])
    checksum = (sum(letter.isupper() << bit for bit, letter in enumerate(part)) for part in parts)
    return short, short + "".join("ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"[number] for number in checksum)


def new_id(list_id: str, lead: str) -> str:
    """The id of the contact that is made for a lead on a list: always the same one."""
    return str(uuid5(NAMESPACE_URL, f"outbound-attribution:{list_id}:{lead}"))
