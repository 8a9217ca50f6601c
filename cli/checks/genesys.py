"""What a load from Genesys Cloud and a write-back to it need, tried with reads that change nothing."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import requests

from cli.checks.check import Check, ask, clock, fail, ok, warn, words
from cli.freshness import hours
from common import settings
from common.dbt_vars import genesys_attributes
from common.errors import AttributionError
from common.settings import GenesysSettings
from common.words import number
from write_back.schema import SCHEMA_TITLE, SCHEMAS_PATH, differences

# The jobs' data is usually hours behind; a day is more than that.
AVAILABILITY_WARN = timedelta(hours=24)

# What is read → the permission that it takes, named where the answer does not name it; and what is lost without it.
READS = {
    "/api/v2/organizations/me": ("any role", "nothing can be read"),
    "/api/v2/analytics/conversations/details/jobs/availability": (
        "analytics:conversationDetail:view",
        "there are no touches of Genesys Cloud at all",
    ),
    "/api/v2/outbound/campaigns": ("outbound:campaign:view", "the load stops; voice campaigns have no names"),
    "/api/v2/outbound/messagingcampaigns": (
        "outbound:messagingCampaign:view",
        "the load stops; messaging campaigns have no names",
    ),
    "/api/v2/outbound/contactlists": (
        "outbound:contactList:view",
        "the load stops; contacts can't say campaign and lead where participants don't",
    ),
    "/api/v2/routing/wrapupcodes": (
        "routing:wrapupCode:view",
        "the load stops; dispositions have no names, and no rule reads them",
    ),
    "/api/v2/routing/queues": ("routing:queue:view", "the load stops; queues have no names"),
    "/api/v2/routing/skills": ("routing:skill:view", "the load stops"),
    "/api/v2/users": ("directory:user:view", "the load stops; agents have no names"),
    "/api/v2/flows": ("architect:flow:view", "the load stops; IVR nodes have no names"),
    "/api/v2/flows/outcomes": ("architect:flowOutcome:view", "the load stops; outcomes of flows have no names"),
    "/api/v2/flows/milestones": ("architect:flowMilestone:view", "the load stops"),
}
CONTACTS = ("outbound:contact:view", "the load stops; a campaign that only the dialer's contact has is lost")
SCHEMA = ("conversation:customAttributes:schemaView", "nothing can be written back")
# A try would write, so these are named and no more.
NOT_TRIED = "conversation:customAttributes:schemaAdd and :edit (write-back), outbound:contact:add (contacts upload)"
RECORDS = ("conversation:customAttributes:view", "a write-back can't look at a record after a conflict")
NO_CONVERSATION = "00000000-0000-0000-0000-000000000000"
PAGED = ("outbound", "routing", "users", "flows")
# How long a used-up rate limit is waited for, once; a load beside it may use it up for a minute.
LONGEST_WAIT_SECONDS = 5
LISTS_PER_PAGE, LISTS_NAMED = 100, 5


class RateLimitUsedUp(Exception):
    """The org answers 429 and would for longer than doctor waits: nothing more can be asked."""


def checks(variables: dict[str, Any]) -> Iterator[Check]:
    """Settings, token, clock, each permission, data availability, contact lists, and the write-back's schema."""
    try:
        yield from org_checks(variables)
    except RateLimitUsedUp:
        yield warn(
            "Genesys Cloud rate limit",
            "The rate limit is used up: something else uses this client. What follows was not checked.",
            "Try again in a minute.",
        )


def org_checks(variables: dict[str, Any]) -> Iterator[Check]:
    """The checks; raises RateLimitUsedUp where the org says so."""
    try:
        org = settings.genesys()
    except AttributionError as error:
        yield fail("Genesys Cloud settings", error.message, error.remedy)
        return
    yield ok("Genesys Cloud settings", f"{org.api_url}, client {org.client_id}")
    try:
        answer = patient_ask(
            "POST",
            f"{org.login_url}/oauth/token",
            data={"grant_type": "client_credentials"},
            auth=(org.client_id, org.client_secret),
        )
    except AttributionError as error:
        yield fail("Genesys Cloud login", error.message, error.remedy)
        return
    token = token_of(answer)
    if token is None:
        yield fail(
            "Genesys Cloud login",
            words(answer),
            "Check GENESYSCLOUD_OAUTHCLIENT_ID and _SECRET, that the grant is client credentials, and the region.",
        )
        return
    yield ok("Genesys Cloud login", "the client gets a token")
    yield clock("Clock against Genesys Cloud", answer)
    for path, (permission, cost) in READS.items():
        yield from permission_checks(org, token, path, permission, cost)
    yield contacts_check(org, token)
    yield records_check(org, token)
    yield ok("Permissions that are not tried", NOT_TRIED)
    yield lists_check(org, token, variables)
    yield schema_check(org, token)


def token_of(answer: requests.Response) -> str | None:
    """The access token in an answer to a login, or None."""
    if answer.status_code != 200:
        return None
    try:
        body = answer.json()
    except requests.exceptions.JSONDecodeError:
        return None
    return body.get("access_token") if isinstance(body, dict) else None


def patient_ask(method: str, url: str, **arguments: Any) -> requests.Response:
    """``ask``, once more after a 429 that passes within LONGEST_WAIT_SECONDS; else raises RateLimitUsedUp."""
    answer = ask(method, url, **arguments)
    if answer.status_code != 429:
        return answer
    seconds = answer.headers.get("Retry-After", "").strip()
    if seconds.isdecimal() and int(seconds) <= LONGEST_WAIT_SECONDS:
        time.sleep(int(seconds))
        answer = ask(method, url, **arguments)
    if answer.status_code == 429:
        raise RateLimitUsedUp
    return answer


def get(org: GenesysSettings, token: str, path: str, page: int = 1, size: int = 1) -> requests.Response:
    """One harmless read."""
    first = path.removeprefix("/api/v2/").split("/")[0]
    parameters = {"pageSize": size, "pageNumber": page} if first in PAGED else None
    return patient_ask("GET", org.api_url + path, headers={"Authorization": f"Bearer {token}"}, params=parameters)


def permission_checks(org: GenesysSettings, token: str, path: str, permission: str, cost: str) -> Iterator[Check]:
    """Whether the client may read ``path``; for the jobs' availability also how old it is."""
    name = f"May read {path.removeprefix('/api/v2/')}"
    try:
        answer = get(org, token, path)
        if answer.status_code != 200:
            yield refused(name, answer, permission, cost)
            return
        body = answer.json()
    except AttributionError as error:
        yield fail(name, error.message, error.remedy)
        return
    except requests.exceptions.JSONDecodeError:
        yield fail(name, "the answer is no JSON", "Check the region or address: something else may answer there.")
        return
    if path.endswith("/organizations/me"):
        yield ok("Genesys Cloud org", f"{body.get('name')} ({body.get('id')})")
        return
    yield ok(name, permission)
    if path.endswith("/availability"):
        yield availability_check(body)


def refused(name: str, answer: requests.Response, permission: str, cost: str) -> Check:
    """A failed read: a 403 names the permission that is missing, or else ``permission`` does; and its ``cost``."""
    if answer.status_code == 403:
        return fail(
            name,
            f"{words(answer).rstrip('.')}; without it {cost}",
            f"Add {missing(answer) or permission} to a role of the OAuth client.",
        )
    return fail(name, words(answer), "Try again; where it stays so, ask Genesys Cloud's status page.")


def missing(answer: requests.Response) -> str:
    """The permissions that a 403 names, or an empty text."""
    try:
        parameters = answer.json().get("messageParams") or {}
    except (requests.exceptions.JSONDecodeError, AttributeError):
        return ""
    return str(parameters.get("permissions") or "").strip("[]") if isinstance(parameters, dict) else ""


def availability_check(body: dict[str, Any]) -> Check:
    """How far behind now the data of the details jobs ends."""
    name = "Data availability of the details jobs"
    try:
        upto = datetime.fromisoformat(body["dataAvailabilityDate"])
    except (KeyError, TypeError, ValueError):
        return warn(name, f"no date in {body!r}", "Load anyway; conversations that are newer come with a later load.")
    upto = upto.replace(tzinfo=UTC) if upto.tzinfo is None else upto
    age = datetime.now(UTC) - upto
    said = f"up to {upto:%Y-%m-%d %H:%M} UTC, {hours(max(age, timedelta()))} ago"
    if age > AVAILABILITY_WARN:
        return warn(
            name,
            said,
            "What is newer is read by the details query and stays provisional until the jobs have it; with "
            "genesys_fresh_conversations: false it waits for them.",
        )
    return ok(name, said)


def contacts_check(org: GenesysSettings, token: str) -> Check:
    """Whether contacts may be read: asks the first contact list for one contact that is not there."""
    name, (permission, cost) = "May read outbound contacts", CONTACTS
    try:
        lists = get(org, token, "/api/v2/outbound/contactlists")
        if lists.status_code != 200 or not lists.json().get("entities"):
            return warn(name, "no contact list to try it on", f"See to it that the client has {permission}.")
        answer = patient_ask(
            "POST",
            f"{org.api_url}/api/v2/outbound/contactlists/{lists.json()['entities'][0]['id']}/contacts/bulk",
            headers={"Authorization": f"Bearer {token}"},
            json=["doctor-no-such-contact"],
        )
    except AttributionError as error:
        return fail(name, error.message, error.remedy)
    # Any other refusal says that the contact is not there, which is what was asked for.
    return refused(name, answer, permission, cost) if answer.status_code in (401, 403) else ok(name, permission)


def records_check(org: GenesysSettings, token: str) -> Check:
    """Whether records of custom attributes may be read: asks for those of a conversation that is not there."""
    name, (permission, cost) = "May read custom attributes", RECORDS
    try:
        answer = get(org, token, f"/api/v2/conversations/{NO_CONVERSATION}/customattributes")
    except AttributionError as error:
        return fail(name, error.message, error.remedy)
    return refused(name, answer, permission, cost) if answer.status_code in (401, 403) else ok(name, permission)


def lists_check(org: GenesysSettings, token: str, variables: dict[str, Any]) -> Check:
    """Whether each contact list has the columns of the var genesys_attributes, and a phone column."""
    name = "Columns of contact lists"
    try:
        attributes = genesys_attributes(variables)
        lists, page, pages = [], 1, 1
        while page <= pages:
            answer = get(org, token, "/api/v2/outbound/contactlists", page, LISTS_PER_PAGE)
            if answer.status_code != 200:
                return warn(name, words(answer), "See the row of the permission above.")
            body = answer.json()
            lists += body.get("entities") or []
            page, pages = page + 1, body.get("pageCount") or 1
    except AttributionError as error:
        return fail(name, error.message, error.remedy)
    lacking = []
    for each in lists:
        missing_columns = [column for column in attributes if column not in (each.get("columnNames") or [])]
        missing_columns += [] if each.get("phoneColumns") else ["a phone column"]
        if missing_columns:
            lacking.append(f"{each.get('name')} has no {', '.join(missing_columns)}")
    if not lacking:
        return ok(name, f"{number(len(lists), 'list has', 'lists have')} {', '.join(attributes)}")
    more = f" (and {number(len(lacking) - LISTS_NAMED, 'list')} more)" if len(lacking) > LISTS_NAMED else ""
    return warn(
        name,
        f"{'; '.join(lacking[:LISTS_NAMED])}{more}: what no participant says of their calls is lost",
        "Make new lists with these columns (docs/instrumentation.md), or name theirs in the var genesys_attributes.",
    )


def schema_check(org: GenesysSettings, token: str) -> Check:
    """Whether the org has the write-back's schema, and as the write-back would make it."""
    name, (permission, cost) = "Write-back schema", SCHEMA
    try:
        answer = get(org, token, SCHEMAS_PATH)
    except AttributionError as error:
        return fail(name, error.message, error.remedy)
    if answer.status_code != 200:
        return refused(name, answer, permission, cost)
    ours = [
        schema
        for schema in answer.json().get("entities") or []
        if (schema.get("jsonSchema") or {}).get("title") == SCHEMA_TITLE
    ]
    if not ours:
        return warn(name, f"the org has no {SCHEMA_TITLE} yet", "The first `attribution write-back` makes it.")
    if not ours[0].get("enabled", True):
        return fail(name, f"{SCHEMA_TITLE} is disabled", "Enable it again in the org.")
    if found := differences(ours[0]["jsonSchema"]):
        return fail(name, f"{SCHEMA_TITLE} is not ours: {'; '.join(found)}", "Rename or change it in the org.")
    return ok(name, f"{SCHEMA_TITLE} is there and as the write-back writes it")
