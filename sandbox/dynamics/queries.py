"""Answers a query of one table: columns, conditions, order, pages, and what changed since a delta link.

Pages and delta links carry all that they need in their tokens, so the stand-in remembers no query. Sources: Microsoft's
pages "Query data using the Web API" and "Use change tracking to synchronize data with external systems".
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote, urlencode

from sandbox.dynamics.errors import bad_request, expired_version, no_such_property
from sandbox.dynamics.filters import comparable, parse
from sandbox.dynamics.metadata import Table
from sandbox.dynamics.state import DynamicsState, Row

PAGE_SIZE = 5000
OPTIONS = ("$select", "$filter", "$orderby", "$top", "$count", "$deltatoken", "$skiptoken")
UNTRACKED = ("$filter", "$orderby", "$expand", "$top")
LOOKUP_TYPE = "Microsoft.Dynamics.CRM.lookuplogicalname"


def run(
    table: Table, state: DynamicsState, query: Mapping[str, str], preferences: str, api: str
) -> tuple[dict[str, Any], str]:
    """(body, Preference-Applied) for GET [entity set]; ``api`` is the address of the API with a slash at its end."""
    for option in query:
        if option.startswith("$") and option not in (*OPTIONS, "$expand"):
            raise bad_request(f"The query option '{option}' is not supported.")
    if "$expand" in query:
        raise bad_request("The sandbox does not expand related rows.")
    tracking = "odata.track-changes" in preferences
    columns = selected(table, query.get("$select"))
    size, applied = page_size(preferences)
    start, token = skipped(query.get("$skiptoken"))
    if tracking or "$deltatoken" in query or token is not None:
        for option in UNTRACKED:
            if option in query and (tracking or "$deltatoken" in query):
                raise bad_request(
                    f'The "${{{option[1:]}}}" query parameter isn\'t supported when Change Tracking is enabled.'
                )
    since = version_of(query.get("$deltatoken"), state)
    if (tracking or since is not None) and not table.tracked:
        raise bad_request(f"Change tracking is not enabled for entity '{table.logical_name}'.", "0x80048d0a")
    if tracking:
        applied = [*applied, "odata.track-changes"]

    found: Sequence[Row | str] = (
        _plain(table, state, query) if since is None else list(state.changes(table.logical_name, since))
    )
    # What changes while the pages are read belongs to the next delta.
    version = token if token is not None else state.version
    page = found[start : start + size]
    annotated = f'"{LOOKUP_TYPE}"' in preferences or '"*"' in preferences or LOOKUP_TYPE in preferences
    context = f"{api}$metadata#{table.entity_set}"
    body: dict[str, Any] = {"@odata.context": f"{context}{'/$delta' if since is not None else ''}"}
    if query.get("$count") == "true":
        body["@odata.count"] = min(len(found), PAGE_SIZE)
    delta_comes = tracking or since is not None or token is not None
    kept = {name: value for name, value in query.items() if name != "$skiptoken"}
    if start + size < len(found):
        cookie = f'<cookie pagenumber="{start // size + 2}" start="{start + size}"'
        cookie += f' version="{version}"/>' if delta_comes else "/>"
        body["@odata.nextLink"] = link(api, table, {**kept, "$skiptoken": cookie})
    elif delta_comes:
        body["@odata.deltaLink"] = link(api, table, {**kept, "$deltatoken": f"{version}!{state.mark}"})
    body["value"] = [
        shown(row, table, columns, annotated) if not isinstance(row, str) else deleted(row, context) for row in page
    ]
    return body, ", ".join(applied)


def _plain(table: Table, state: DynamicsState, query: Mapping[str, str]) -> Sequence[Row]:
    rows = list(state.rows[table.logical_name].values())
    if "$filter" in query:
        test = parse(query["$filter"], table)
        rows = [row for row in rows if test(row)]
    for key in reversed([part.split() for part in query.get("$orderby", "").split(",") if part.strip()]):
        name, direction = key[0], (key[1:] or ["asc"])[0]
        if name not in table.by_property:
            raise no_such_property(name, table.logical_name)
        edm = table.by_property[name].edm
        filled = [row for row in rows if row.get(name) is not None]
        filled.sort(key=lambda row, name=name, edm=edm: comparable(row[name], edm), reverse=direction == "desc")
        empty = [row for row in rows if row.get(name) is None]
        rows = [*filled, *empty] if direction == "desc" else [*empty, *filled]
    if "$top" in query:
        if not query["$top"].isdigit():
            raise bad_request(f"Invalid value '{query['$top']}' for $top query option found.")
        rows = rows[: int(query["$top"])]
    return rows


def selected(table: Table, text: str | None) -> list[str]:
    """The columns to show, by their names in JSON: those of $select, or all."""
    known = table.by_property
    names = [name.strip() for name in (text or "").split(",") if name.strip()] or list(known)
    for name in names:
        if name not in known:
            raise no_such_property(name, table.logical_name)
    return list(dict.fromkeys([*names, table.primary_id]))


def shown(row: Row, table: Table, columns: Sequence[str], annotated: bool) -> Row:
    """A row as JSON has it; the primary key is always there."""
    answer: Row = {"@odata.etag": f'W/"{row["versionnumber"]}"'}
    for name in columns:
        if annotated and (kind := row.get(f"{name}@{LOOKUP_TYPE}")) and row.get(name) is not None:
            answer[f"{name}@{LOOKUP_TYPE}"] = kind
        answer[name] = row.get(name)
    return answer


def deleted(key: str, context: str) -> Row:
    """A deleted row in a delta."""
    return {"@odata.context": f"{context}/$deletedEntity", "id": key, "reason": "deleted"}


def page_size(preferences: str) -> tuple[int, list[str]]:
    """Rows a page, by ``Prefer: odata.maxpagesize``, and the preference applied."""
    asked = re.search(r"odata\.maxpagesize=(\d+)", preferences)
    if not asked or int(asked[1]) < 1:
        return PAGE_SIZE, []
    return min(int(asked[1]), PAGE_SIZE), [f"odata.maxpagesize={asked[1]}"]


def skipped(cookie: str | None) -> tuple[int, int | None]:
    """Where a page begins, and the version that its delta begins at, if it has one."""
    if cookie is None:
        return 0, None
    match = re.fullmatch(r'<cookie pagenumber="\d+" start="(\d+)"(?: version="(\d+)")?/>', cookie)
    if match is None:
        raise bad_request("Malformed paging cookie.", "0x80040203")
    return int(match[1]), int(match[2]) if match[2] else None


def version_of(token: str | None, state: DynamicsState) -> int | None:
    """The version in a delta token; raises for one that has expired or is of another org."""
    if token is None:
        return None
    version, _, mark = token.partition("!")
    if not version.isdigit():
        raise bad_request("The delta token is malformed.", "0x80040203")
    if mark != state.mark or not state.remembered_from <= int(version) <= state.version:
        raise expired_version()
    return int(version)


def link(api: str, table: Table, query: Mapping[str, str]) -> str:
    return f"{api}{table.entity_set}?{urlencode(query, quote_via=quote, safe='$,')}"
