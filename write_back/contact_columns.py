"""Credit in the columns of contact lists, where dialer rules and campaigns' sorting read it."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from common.attribution_attributes import ATTRIBUTION_ATTRIBUTES
from common.errors import AttributionError
from common.warehouse import Warehouse
from write_back import records
from write_back.client import ApiError, GenesysClient, Unsettled
from write_back.org import organization_id
from write_back.records import Outcome, Record, Task, Values, as_text, hash_of, record_of
from write_back.target import Target, export_rows, needed

logger = logging.getLogger(__name__)

CONTACTS = ("exports", "export_genesys_contacts")
LISTS_PATH = "/api/v2/outbound/contactlists"
LISTS_PER_PAGE = 100
# Contacts in one bulk edit and in one bulk read; a read takes no more than 1,000 ids.
CONTACTS_PER_BATCH = 500
# A bulk edit is a job: pauses between looks at it, and the patience in all, in seconds.
FIRST_LOOK_SECONDS = 0.25
LONGEST_PAUSE_SECONDS = 5.0
PATIENCE_SECONDS = 600.0


class ContactColumns(Target):
    """``POST /api/v2/outbound/contactlists/{id}/contacts/bulk/update``, for the lists that have columns of our titles.

    A record's id is ``<contact list id>/<contact id>``. One bulk edit puts the same values into several contacts of a
    list and leaves their other columns as they are, so a batch is what has the same values. Whether it took effect is
    read from the contacts afterwards, since a job counts what it did and names none of them. Columns can't be added
    here: a list without any of the seven is left out, and a list with some gets those.
    """

    name = "contact_columns"

    def __init__(self, client: GenesysClient) -> None:
        super().__init__(client)
        self._columns: dict[str, list[str]] = {}

    def records(self, warehouse: Warehouse) -> list[Record]:
        """One for each contact of the export whose list has a column for it."""
        export_rows(warehouse)  # which says what is wrong, where no build has made anything
        needed(warehouse, CONTACTS)
        rows = warehouse.query(
            "select contact_list_id, contact_id, cast(attribution_credit as decimal(28, 9)) as attribution_credit, "
            "attributed_value, attribution_model, cast(single_win_credit as decimal(28, 9)) as single_win_credit, "
            "campaign_id, touch_sequence, conversion_count, last_converted_at, '' as row_hash "
            f"from {'.'.join(CONTACTS)} order by last_converted_at desc nulls last, contact_list_id, contact_id"
        )
        self._columns = self._columns_of_lists()
        without = sorted({row["contact_list_id"] for row in rows if not self._columns.get(row["contact_list_id"])})
        if without:
            logger.warning(
                "%d contact lists have no column named Attribution..., and are left out: %s",
                len(without),
                ", ".join(without[:5]) + (", ..." if len(without) > 5 else ""),
            )
        if rows and len(without) == len({row["contact_list_id"] for row in rows}):
            raise AttributionError(
                "None of the contact lists with credited contacts has a column for the credit.",
                f"Make contact lists with columns such as {', '.join(list(ATTRIBUTION_ATTRIBUTES)[:2])}, or choose "
                "another write_back_target.",
            )
        return [self._record(row) for row in rows if self._columns.get(row["contact_list_id"])]

    def scope(self) -> str:
        """The org."""
        return organization_id(self.client)

    def batches(self, tasks: list[Task]) -> Iterator[list[Task]]:
        """Contacts of one list that get the same values; those of which nothing sure is known apart."""
        groups: dict[Any, list[Task]] = defaultdict(list)
        for task in tasks:
            values = tuple(sorted(self._data(task).items()))
            groups[(_list_of(task), task.is_unsure, task.is_retraction, values)].append(task)
        for group in groups.values():
            for first in range(0, len(group), CONTACTS_PER_BATCH):
                yield group[first : first + CONTACTS_PER_BATCH]

    def requests(self, tasks: list[Task]) -> int:
        """For each batch the edit, a look at its job and the contacts read, and once more before where unsure."""
        return sum(3 + batch[0].is_unsure for batch in self.batches(tasks))

    def send(self, batch: list[Task]) -> list[Outcome]:
        """Edit the batch until each contact says what it should; halve it where the org refuses it as a whole."""
        outcomes: list[Outcome] = []
        left, is_unsure, failure = batch, batch[0].is_unsure, ApiError(500, "it was not tried")
        for attempt in range(records.ATTEMPTS_PER_RECORD):
            try:
                if is_unsure:
                    done, left = self._settled(left)
                    outcomes += done
                if not left:
                    return outcomes
                self._edit(left)
                failure = ApiError(500, "the edit of the contact ended well, and the contact does not say so")
            except ApiError as error:
                failure = error
                if not error.is_outage and len(left) > 1:
                    middle = len(left) // 2
                    return outcomes + self.send(left[:middle]) + self.send(left[middle:])
                if not error.is_outage:
                    break
                self.client.pause(records.PAUSE_SECONDS * 2**attempt)
            is_unsure = True
        if is_unsure and failure.is_outage:
            try:
                done, left = self._settled(left)
                outcomes += done
            except ApiError as error:
                failure = error
        return outcomes + [_outcome_of(task, failure) for task in left]

    def _settled(self, tasks: list[Task]) -> tuple[list[Outcome], list[Task]]:
        """(outcomes of the contacts that say it already, or that are gone; the others)."""
        list_id = _list_of(tasks[0])
        try:
            found = self.client.post(
                f"{LISTS_PATH}/{quote(list_id, safe='')}/contacts/bulk", [_contact_of(task) for task in tasks]
            )
        except ApiError as error:
            if not error.is_gone:
                raise
            found = []
        held = {contact["id"]: contact.get("data") or {} for contact in found or []}
        done, left = [], []
        for task in tasks:
            data = held.get(_contact_of(task))
            wanted = self._data(task)
            if data is None:
                done.append(_outcome_of(task, ApiError(404, "the contact is not in the contact list any more")))
            elif {column: data.get(column) or "" for column in wanted} == wanted:
                done.append(Outcome(task))
            else:
                left.append(task)
        return done, left

    def _edit(self, tasks: list[Task]) -> None:
        """Start the job and wait for its end. Raises ApiError where it was refused or failed."""
        path = f"{LISTS_PATH}/{quote(_list_of(tasks[0]), safe='')}/contacts/bulk"
        body = {
            "contactIds": [_contact_of(task) for task in tasks],
            "contact": {"data": self._data(tasks[0])},
            "generateDownloadURI": False,
        }
        job = self.client.write("POST", f"{path}/update", body) or {}
        waited, pause = 0.0, FIRST_LOOK_SECONDS
        while job.get("state") == "InProgress":
            if waited > PATIENCE_SECONDS:
                raise Unsettled(500, f"the bulk edit {job.get('id')} is still in progress after {waited:.0f} s")
            self.client.pause(pause)
            waited, pause = waited + pause, min(2 * pause, LONGEST_PAUSE_SECONDS)
            job = self.client.get(f"{path}/jobs/{quote(str(job.get('id')), safe='')}") or {}
        if job.get("state") != "Complete":
            reason = (job.get("failureReason") or {}).get("message") or f"the bulk edit ended as {job.get('state')}"
            raise Unsettled(500, reason)  # it may have got to some of the contacts

    def _columns_of_lists(self) -> dict[str, list[str]]:
        """Contact list → those of our titles that it has a column for."""
        found: dict[str, list[str]] = {}
        number = pages = 1
        while number <= pages:
            page = self.client.get(f"{LISTS_PATH}?pageSize={LISTS_PER_PAGE}&pageNumber={number}") or {}
            for each in page.get("entities") or []:
                columns = set(each.get("columnNames") or [])
                found[each["id"]] = [title for title in ATTRIBUTION_ATTRIBUTES if title in columns]
            pages, number = int(page.get("pageCount") or 1), number + 1
        return found

    def _record(self, row: dict[str, Any]) -> Record:
        record = record_of(row, f"{row['contact_list_id']}/{row['contact_id']}")
        values: Values = {title: record.values[title] for title in self._columns[row["contact_list_id"]]}
        return Record(record.record_id, None, values, hash_of(as_text(values)), record.last_converted_at)

    def _data(self, task: Task) -> dict[str, str]:
        columns = self._columns.get(_list_of(task)) or []
        return {title: text for title, text in as_text(task.record.values).items() if title in columns}


def _list_of(task: Task) -> str:
    return task.record_id.split("/")[0]


def _contact_of(task: Task) -> str:
    return task.record_id.split("/")[1]


def _outcome_of(task: Task, error: ApiError) -> Outcome:
    """A contact that is gone has nothing to take back."""
    return Outcome(task) if task.is_retraction and error.is_gone else Outcome.failed(task, error)
